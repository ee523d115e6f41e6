import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { PRIORITIES, PRIORITY_KEYS, type Priority } from '../../src/contract/job.ts';
import type { CallContext } from '../../src/contract/principal.ts';
import { admit } from '../../src/ledger/admission.ts';
import type { Db } from '../../src/ledger/db.ts';
import { addReceipts } from '../support/db.ts';
import { beatAs, clearJobs, useGate } from '../support/gate.ts';
import { admitted, begun, deferred, ended, handedOver, replied, waiting } from '../support/job-states.ts';
import { asOwner } from '../support/owner.ts';

const bench = useGate();
beforeEach(() => clearJobs(bench.db));

/** Every state that is no wait for a turn. */
const NOT_WAITING = { admitted, handedOver, begun, deferred, replied, ended: ended(waiting) } as const;

describe('[Q10] set_priority', () => {
  it('[Q10] orders the waiting jobs of an owner as their priorities say, position and admission alike', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(4), fc.constantFrom(...PRIORITIES)), { minLength: 1, maxLength: 8 }),
        async (moves) => {
          await clearJobs(bench.db);
          const ids = await addReceipts(bench.db, 5);
          for (const receipt_id of ids) await bench.queue.enqueueOcr({ receipt_id }, asOwner);
          const priorities: Priority[] = ids.map(() => 'default');
          for (const [place, priority] of moves) {
            const { changed } = await bench.queue.setPriority({ job_id: `ocr-${ids[place]}`, priority }, asOwner);
            expect(changed).toBe(priorities[place] !== priority);
            priorities[place] = priority;
          }
          const keyOf = (id: number) => PRIORITY_KEYS[priorities[ids.indexOf(id)] ?? 'default'];
          const inTurn = [...ids].sort((left, right) => keyOf(left) - keyOf(right) || left - right);
          for (const [position, id] of inTurn.entries()) {
            expect(await bench.queue.getJobStatus({ job_id: `ocr-${id}` }, asOwner)).toMatchObject({ position });
          }
          await beatAs(bench.db, 'w1', 1);
          await admit(bench.db, 2);
          const let_in = await bench.db.query<{ subject: number }>(
            'select subject from pantry_queue.jobs where admitted_at is not null',
          );
          expect(let_in.length).toBeGreaterThan(0);
          expect(let_in.map(({ subject }) => subject).sort()).toEqual(inTurn.slice(0, let_in.length).sort());
        },
      ),
      { numRuns: 25 },
    );
  });

  it.each(Object.entries(NOT_WAITING))(
    '[Q10] is refused for a job that is %s, and changes nothing',
    async (_state, make) => {
      const run = await (make as (db: Db) => ReturnType<typeof waiting>)(bench.db);
      const row = () => bench.db.query('select * from pantry_queue.jobs where subject = $1', [run.subject]);
      const before = await row();
      await expect(
        bench.queue.setPriority({ job_id: `ocr-${run.subject}`, priority: 'high' }, asOwner),
      ).rejects.toMatchObject({ code: 'not_waiting', message: expect.stringContaining(`ocr-${run.subject}`) });
      expect(await row()).toEqual(before);
    },
  );

  it('[Q10] is taken, and taken again, for a job that waits for the agent to recover', async () => {
    const run = await handedOver(bench.db);
    await bench.db.query(`update pantry_queue.jobs set status = 'deferred', phase = 'parked' where subject = $1`, [
      run.subject,
    ]);
    for (const changed of [true, false]) {
      const asked = bench.queue.setPriority({ job_id: `ocr-${run.subject}`, priority: 'high' }, asOwner);
      expect(await asked).toMatchObject({ changed, priority: 'high', phase: 'parked' });
    }
  });

  it('[Q10] answers for somebody else’s job as for one that does not exist', async () => {
    const run = await waiting(bench.db);
    const stranger: CallContext = {
      principal: { tenant: 'default', user: 9, scopes: new Set(['jobs:write'] as const) },
    };
    await expect(
      bench.queue.setPriority({ job_id: `ocr-${run.subject}`, priority: 'low' }, stranger),
    ).rejects.toMatchObject({ code: 'job_not_found' });
  });

  it('[Q10] records a change as an event, and one that changes nothing as none', async () => {
    const run = await waiting(bench.db);
    for (let call = 0; call < 2; call++) {
      await bench.queue.setPriority({ job_id: `ocr-${run.subject}`, priority: 'low' }, asOwner);
    }
    const events = await bench.db.query(
      `select e.kind, e.data from pantry_queue.events e join pantry_queue.jobs j using (job_no)
       where j.subject = $1 and e.kind = 'priority_set'`,
      [run.subject],
    );
    expect(events).toEqual([{ kind: 'priority_set', data: { priority: 5 } }]);
  });
});
