import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scriptedAgent } from '../support/agent.ts';
import { addReceipts } from '../support/db.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { asOwner } from '../support/owner.ts';

let queue: Installation;
beforeAll(async () => {
  queue = await createInstallation();
});
afterAll(() => queue.dispose());

const LONG_GRACE = { shutdownGraceMs: 60_000 } as const;
const NO_GRACE = { shutdownGraceMs: 1 } as const;

async function enqueued(): Promise<string> {
  const [receipt_id = 0] = await addReceipts(queue.db, 1);
  return (await queue.queue.enqueueOcr({ receipt_id }, asOwner)).job_id;
}
const workers = async () => (await queue.queue.listWorkers({}, asOwner)).workers;
const finished = (job: string) => queue.waitFor(job, ({ status }) => status === 'finished');

describe('[W5] a worker that is told to stop', () => {
  it('[W5] lets a call end within its grace, is listed as stopping meanwhile, and takes nothing more', async () => {
    const agent = scriptedAgent();
    const worker = await queue.work(agent, LONG_GRACE);
    const job = await enqueued();
    const call = await agent.nextCall();
    const stopped = worker.stop();
    await expect
      .poll(workers, { timeout: 20_000 })
      .toMatchObject([{ stopping: true, slots: 10, doing: [{ job_id: job }] }]);
    const later = await enqueued();
    call.reply();
    await stopped;
    expect(await workers()).toEqual([]);
    expect(agent.calls).toHaveLength(1);
    expect(await queue.queue.getJobStatus({ job_id: job }, asOwner)).toMatchObject({
      attempts: 1,
      attempts_charged: 0,
    });

    const next = await queue.work(scriptedAgent((seen) => seen.reply()));
    for (const each of [job, later]) await finished(each);
    expect(await queue.queue.getJobStatus({ job_id: job }, asOwner)).toMatchObject({ attempts: 1 });
    await next.stop();
  });

  it('[W5] hands back uncharged what runs longer than its grace, and another worker reads it', async () => {
    const agent = scriptedAgent();
    const worker = await queue.work(agent, NO_GRACE);
    const job = await enqueued();
    const call = await agent.nextCall();
    await worker.stop();
    expect(call.signal.aborted).toBe(true);
    expect(await queue.queue.getJobStatus({ job_id: job }, asOwner)).toMatchObject({
      status: 'queued',
      phase: 'worker',
      attempts: 1,
      attempts_charged: 0,
    });
    const other = scriptedAgent((seen) => seen.reply());
    const next = await queue.work(other);
    expect(await finished(job)).toMatchObject({ attempts: 2, attempts_charged: 0 });
    expect(other.calls.map(({ idempotencyKey }) => idempotencyKey)).toEqual([call.idempotencyKey]);
    await next.stop();
  });

  it('[W5] [Q23] leaves a reply that is stored to the next worker, which saves it and does not pay again', async () => {
    const agent = scriptedAgent();
    // Nobody runs workflows when the reply is stored, so it waits to be saved.
    const workflows = await queue.work(agent, { workerRole: 'workflow' });
    const caller = await queue.work(agent, { workerRole: 'agent', ...LONG_GRACE });
    const job = await enqueued();
    const call = await agent.nextCall();
    await workflows.stop();
    const stopped = caller.stop();
    call.reply();
    await stopped;
    expect(await queue.queue.getJobStatus({ job_id: job }, asOwner)).toMatchObject({ phase: 'saving', attempts: 1 });
    const other = scriptedAgent();
    const next = await queue.work(other);
    expect(await finished(job)).toMatchObject({ attempts: 1 });
    expect([agent.calls.length, other.calls.length]).toEqual([1, 0]);
    await next.stop();
  });
});

describe('[W2] workers of roles', () => {
  it('[W2] one runs the workflows and one calls the agent, each only its half', async () => {
    const [ofWorkflows, ofCalls] = [scriptedAgent((seen) => seen.reply()), scriptedAgent((seen) => seen.reply())];
    const caller = await queue.work(ofCalls, { workerRole: 'agent', workerName: 'caller', agentSlots: 3 });
    const jobs = await Promise.all([enqueued(), enqueued()]);
    await expect
      .poll(async () => (await queue.queue.queueInfo({}, asOwner)).problems)
      .toMatchObject([{ code: 'no_workflow_worker', jobs: 2 }]);
    expect(ofCalls.calls).toEqual([]);
    const runner = await queue.work(ofWorkflows, { workerRole: 'workflow', workerName: 'runner' });
    for (const job of jobs) await finished(job);
    expect([ofWorkflows.calls.length, ofCalls.calls.length]).toEqual([0, 2]);
    expect(await workers()).toMatchObject([
      { name: 'caller', role: 'agent', slots: 3 },
      { name: 'runner', role: 'workflow', slots: 0, busy: 0 },
    ]);
    await Promise.all([caller.stop(), runner.stop()]);
  });
});
