import { beforeEach, describe, expect, it } from 'vitest';
import { GATE } from '../../src/contract/policies.ts';
import { WORKER_ROLES, type WorkerRole } from '../../src/contract/worker-role.ts';
import { admit } from '../../src/ledger/admission.ts';
import { beat } from '../../src/ledger/processes/workers.ts';
import { textOf } from '../../src/words/answers.ts';
import { addReceipts } from '../support/db.ts';
import { beatOf, clearJobs, useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';

const bench = useGate();
beforeEach(() => clearJobs(bench.db));

const info = () => bench.queue.queueInfo({}, asOwner);
const SLOTS: Readonly<Record<WorkerRole, number>> = { all: 5, agent: 5, workflow: 0 };
const lives = (role: WorkerRole, changes: { id?: string; stopping?: boolean } = {}) =>
  beat(bench.db, beatOf(changes.id ?? role, { role, slots: SLOTS[role], stopping: changes.stopping ?? false }));

/** A job that is queued in Temporal. */
async function waiting(): Promise<string> {
  const [receipt_id = 0] = await addReceipts(bench.db, 1, 1);
  const { job_id } = await bench.queue.enqueueOcr({ receipt_id }, asOwner);
  await bench.dispatch.tick();
  return job_id;
}
const waitsFor = async (job_id: string) => (await bench.queue.getJobStatus({ job_id }, asOwner)).waiting_for;

/** Which halves are missing beside workers of these roles, and the state that `queue_info` gives to the part. */
const MIXTURES: readonly (readonly [roles: readonly WorkerRole[], codes: readonly string[], state: string])[] = [
  [[], ['no_worker'], 'none'],
  [['workflow'], ['no_agent_worker'], 'partial'],
  [['agent'], ['no_workflow_worker'], 'partial'],
  [['workflow', 'agent'], [], 'ok'],
  [['all'], [], 'ok'],
  [[...WORKER_ROLES], [], 'ok'],
];

describe('[W2] workers of several roles', () => {
  it.each(MIXTURES)(
    '[W2] [I15] of %s: queue_info and a job that waits name what is missing',
    async (roles, codes, state) => {
      for (const role of roles) await lives(role);
      const job = await waiting();
      const now = await info();
      expect(now.problems.map(({ code }) => code)).toEqual(codes);
      expect(
        now.problems.every(
          ({ who_acts, jobs, hint }) => who_acts === 'operator' && jobs === 1 && /pantry-queue worker/.test(hint),
        ),
      ).toBe(true);
      expect(now.parts.workers).toBe(state);
      expect(now.agent_slots).toBe(roles.reduce((sum, role) => sum + SLOTS[role], 0));
      const missing = {
        no_worker: /^a worker: none/,
        no_agent_worker: /that calls the agent: none/,
        no_workflow_worker: /that runs workflows: none/,
      };
      const [code] = codes as (keyof typeof missing)[];
      expect(await waitsFor(job)).toMatch(code === undefined ? /^a free worker$/ : missing[code]);
    },
  );

  it('[W2] only live workers that call the agent make room in the window, and none that stops', async () => {
    await bench.queue.enqueueBatchOcr({ receipt_ids: await addReceipts(bench.db, 60, 1) }, asOwner);
    await lives('workflow');
    await lives('all', { id: 'leaving', stopping: true });
    expect(await admit(bench.db, 100)).toHaveLength(GATE.minWindow);
    await lives('agent');
    expect(await admit(bench.db, 100)).toHaveLength(5 * GATE.windowPerSlot - GATE.minWindow);
  });

  it('[W2] two workers of one name are two', async () => {
    for (const id of ['one', 'two']) await beat(bench.db, beatOf(id, { name: 'ocr', pid: id.length + SLOTS.all }));
    expect((await bench.queue.listWorkers({}, asOwner)).workers.map(({ name }) => name)).toEqual(['ocr', 'ocr']);
    expect((await info()).agent_slots).toBe(10);
  });
});

describe('[W5] a worker that stops', () => {
  it('[W5] is listed as stopping until it has gone, and no job counts on it', async () => {
    await lives('all');
    const job = await waiting();
    await lives('all', { stopping: true });
    // A beat that was on its way does not take it back.
    await lives('all');
    await bench.dispatch.tick();
    const listed = await bench.queue.listWorkers({}, asOwner);
    expect(listed.workers).toMatchObject([
      { name: 'all', stopping: true, role: 'all', version: '1.0.0', build_id: null },
    ]);
    expect(textOf('listWorkers', listed).join('\n')).toMatch(/0 of 5, stopping/);
    const now = await info();
    expect(now.problems).toMatchObject([
      { code: 'no_worker', message: 'No worker takes jobs: those that run are stopping.' },
    ]);
    expect(textOf('queueInfo', now).join('\n')).toContain('worker all: 0 of 5 slots, stopping');
    expect(await waitsFor(job)).toMatch(/^a worker: none is running/);
  });

  it('[W5] is told by its role, version and build from the others', async () => {
    await beat(bench.db, beatOf('old', { version: '1.9.0', buildId: 'a' }));
    await beat(bench.db, beatOf('new', { role: 'workflow', slots: 0, version: '2.0.0', buildId: 'b' }));
    const listed = await bench.queue.listWorkers({}, asOwner);
    expect(listed.workers).toMatchObject([
      { name: 'new', role: 'workflow', slots: 0, version: '2.0.0', build_id: 'b' },
      { name: 'old', role: 'all', slots: 5, version: '1.9.0', build_id: 'a' },
    ]);
    expect(textOf('listWorkers', listed)[1]).toMatch(/workflow +2\.0\.0 \(b\) +0 of 0/);
  });
});
