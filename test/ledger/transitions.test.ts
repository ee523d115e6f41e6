import { describe, expect, it } from 'vitest';
import { INITIAL_STATES, type State, TRANSITIONS } from '../../src/contract/job.ts';
import { addReceipts, useDatabase } from '../support/db.ts';

const states = Object.keys(TRANSITIONS) as State[];
const database = useDatabase();

describe('the table of states', () => {
  it('is the same in the contract and in the database', async () => {
    const rows = await database.db.query<{ from_state: State; to_state: State }>(
      `select a as from_state, b as to_state from unnest($1::text[]) a cross join unnest($1::text[]) b
       where pantry_queue.transition_allowed(a, b)`,
      [states],
    );
    const inDatabase = rows.map((row) => `${row.from_state} → ${row.to_state}`).sort();
    const inContract = states.flatMap((from) => TRANSITIONS[from].map((to) => `${from} → ${to}`)).sort();
    expect(inDatabase).toEqual(inContract);
  });

  it('lets nothing leave an end', () => {
    for (const end of ['finished', 'failed', 'canceled'] as const) expect(TRANSITIONS[end]).toEqual([]);
  });

  it('refuses a change that is not in it, even by hand', async () => {
    const [id] = await addReceipts(database.db, 1);
    await database.db.query(
      `insert into pantry_queue.jobs (kind, subject, generation, user_id, status, phase, give_up_at)
       values ('ocr', $1, 1, 1, 'queued', 'admission', now() + interval '1 day')`,
      [id],
    );
    await expect(
      database.db.query(`update pantry_queue.jobs set status = 'finished', phase = null where subject = $1`, [id]),
    ).rejects.toMatchObject({ code: 'PQ001' });
  });

  it('lets one generation of a receipt live, even by hand', async () => {
    const [id] = await addReceipts(database.db, 1);
    const insert = (generation: number) =>
      database.db.query(
        `insert into pantry_queue.jobs (kind, subject, generation, user_id, status, phase, give_up_at)
         values ('ocr', $1, $2, 1, 'queued', 'admission', now() + interval '1 day')`,
        [id, generation],
      );
    await insert(1);
    await expect(insert(2)).rejects.toMatchObject({
      code: 'ledger_refused',
      cause: { code: '23514', constraint: 'one_live_generation' },
    });
  });

  it('refuses a job that begins anywhere but at the beginning', async () => {
    const [id] = await addReceipts(database.db, 1);
    for (const state of states.filter((each) => !INITIAL_STATES.includes(each))) {
      const [status, phase] = state.split('/');
      await expect(
        database.db.query(
          `insert into pantry_queue.jobs (kind, subject, generation, user_id, status, phase, give_up_at)
           values ('ocr', $3, 1, 1, $1, $2, now())`,
          [status, phase ?? null, id],
        ),
        state,
      ).rejects.toMatchObject({ code: 'PQ001' });
    }
  });
});
