import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureArtifact } from '#artifacts';
import { OCR_WORKFLOW, taskQueuesOf } from '../../src/contract/names.ts';
import { type ScriptedAgent, scriptedAgent } from '../support/agent.ts';
import { addReceipts } from '../support/db.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { asOwner } from '../support/owner.ts';

let queue: Installation;
let agent: ScriptedAgent;

beforeAll(async () => {
  queue = await createInstallation();
  agent = scriptedAgent();
  await queue.work(agent);
});
afterAll(() => queue.dispose());

/** A job whose agent call is in flight. */
async function started() {
  const [id = 0] = await addReceipts(queue.db, 1);
  const job = await queue.queue.enqueueOcr({ receipt_id: id }, asOwner);
  const call = await agent.nextCall();
  expect(call.receiptId).toBe(id);
  await queue.waitFor(job.job_id, (each) => each.phase === 'agent');
  return { id, jobId: job.job_id, call, handle: queue.client.workflow.getHandle(job.workflow_id) };
}

/** The program that people use. */
async function temporalCli(...args: string[]): Promise<string> {
  const program = await ensureArtifact('temporal-cli');
  const { stdout } = await promisify(execFile)(program, [...args, '--address', queue.settings.engine.address]);
  return stdout;
}

/** The comparison with the engine that a timer makes every 20 s, now. */
async function compareWithEngine() {
  await queue.db.query('update pantry_queue.jobs set engine_checked_at = null');
  await queue.dispatch.sweep();
}

describe('the buttons of Temporal', () => {
  it('cancel: the call is aborted and the job is canceled', async () => {
    const { jobId, call, handle } = await started();
    await handle.cancel();
    const job = await queue.waitFor(jobId, (each) => each.status === 'canceled');
    expect(call.signal.aborted).toBe(true);
    expect(job.result).toBeNull();
    await expect(handle.result()).rejects.toThrow();
    expect((await handle.describe()).status.name).toBe('CANCELLED');
  });

  it('terminate: the job fails, says who did it, and can be retried', async () => {
    const { id, jobId, call, handle } = await started();
    await handle.terminate('by hand');
    call.reply();
    await queue.waitFor(jobId, (each) => each.phase !== 'agent');
    await compareWithEngine();
    const job = await queue.waitFor(jobId, (each) => each.status === 'failed');
    expect(job.error).toMatchObject({ code: 'terminated_by_operator', retryable: true });

    const again = await queue.queue.retryJob({ job_id: jobId }, asOwner);
    expect(again).toMatchObject({ generation: 2, deduplicated: false });
    // The reply that came meanwhile is paid: the retry saves it.
    await queue.waitFor(jobId, (each) => each.status === 'finished');
    expect(agent.calls.filter((each) => each.receiptId === id)).toHaveLength(1);
  });

  it('delete: the job is started again under a new run, and the reading is paid once', async () => {
    const { id, jobId, call, handle } = await started();
    await queue.client.workflowService.deleteWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId: handle.workflowId },
    });
    call.reply();
    await queue.waitFor(jobId, (each) => each.phase !== 'agent');
    await compareWithEngine();
    await queue.waitFor(jobId, (each) => each.status === 'finished');
    const [row] = await queue.db.query('select run_no from pantry_queue.jobs where subject = $1', [id]);
    expect(row?.run_no).toBeGreaterThan(1);
    expect(agent.calls.filter((each) => each.receiptId === id)).toHaveLength(1);
  });

  it('reset: harmless, the stored reply is used', async () => {
    const { id, jobId, call, handle } = await started();
    call.reply();
    await queue.waitFor(jobId, (each) => each.status === 'finished');
    await handle.result();
    const before = await queue.queue.getReceipt({ receipt_id: id }, asOwner);
    await temporalCli(
      'workflow',
      'reset',
      '--workflow-id',
      handle.workflowId,
      '--event-id',
      '4',
      '--reason',
      'by hand',
    );
    const outcome = await queue.client.workflow.getHandle(handle.workflowId).result();
    expect(outcome).toMatchObject({ outcome: 'not_current' });
    expect(await queue.queue.getReceipt({ receipt_id: id }, asOwner)).toEqual(before);
    expect(agent.calls.filter((each) => each.receiptId === id)).toHaveLength(1);
  });

  it('pause of the activity: the job is deferred/paused, and goes on after unpause', async () => {
    const { jobId, handle, call } = await started();
    const execution = { workflowId: handle.workflowId };
    await queue.client.workflowService.pauseActivity({ namespace: 'default', execution, type: 'callAgent' });
    const paused = await queue.waitFor(jobId, (each) => each.phase === 'paused');
    expect(paused.status).toBe('deferred');
    expect(call.signal.aborted).toBe(true);

    await queue.client.workflowService.unpauseActivity({ namespace: 'default', execution, type: 'callAgent' });
    (await agent.nextCall()).reply();
    const job = await queue.waitFor(jobId, (each) => each.status === 'finished');
    expect(job.attempts_charged).toBe(0);
  });

  it('[W9] pause of the workflow: the call goes on, the job is deferred/paused until unpause, and is paid once', async () => {
    const { id, jobId, handle, call } = await started();
    await temporalCli('workflow', 'pause', '--workflow-id', handle.workflowId, '--reason', 'by hand');
    await compareWithEngine();
    call.reply();
    await queue.waitFor(jobId, (each) => each.phase === 'saving');
    // Nobody has carried out the save for longer than a worker may take.
    await queue.db.query(`update pantry_queue.jobs set state_since = now() - interval '1 hour' where subject = $1`, [
      id,
    ]);
    await compareWithEngine();
    const paused = await queue.waitFor(jobId, (each) => each.phase === 'paused');
    expect(paused.waiting_for).toBe('a person to unpause it in Temporal');
    expect(paused.status).toBe('deferred');
    await temporalCli('workflow', 'unpause', '--workflow-id', handle.workflowId);
    await compareWithEngine();
    await queue.waitFor(jobId, (each) => each.status === 'finished');
    expect(agent.calls.filter((each) => each.receiptId === id)).toHaveLength(1);
  });

  const BY_HAND: Readonly<Record<string, (workflow: string) => readonly string[]>> = {
    'a failure of the activity': (of) => ['fail', '--workflow-id', of, '--reason', 'by hand'],
    'an answer that is none, given to the activity': (of) => ['complete', '--workflow-id', of, '--result', 'null'],
    'a limit of one try and a second on the activity': (of) => [
      ...['update-options', '--workflow-id', of, '--retry-maximum-attempts', '1', '--start-to-close-timeout', '1s'],
    ],
  };
  it.each(Object.keys(BY_HAND))('[I8] %s: the job fails, says who did it, and its retry pays nothing', async (what) => {
    const { id, jobId, call, handle } = await started();
    const [activity] = (await handle.describe()).raw.pendingActivities ?? [];
    const [command = '', ...args] = BY_HAND[what]?.(handle.workflowId) ?? [];
    await temporalCli('activity', command, '--activity-id', activity?.activityId ?? '', ...args);
    const job = await queue.waitFor(jobId, (each) => each.status === 'failed');
    expect(job.error).toMatchObject({ code: 'terminated_by_operator', retryable: true });
    // Of the engine too: a run that stays open would be retried without end.
    await expect(handle.result()).rejects.toThrow();
    call.reply();
    await expect
      .poll(() =>
        queue.db.query(
          'select from pantry_queue.replies r join pantry_queue.jobs j using (job_no) where j.subject = $1',
          [id],
        ),
      )
      .toHaveLength(1);
    await queue.queue.retryJob({ job_id: jobId }, asOwner);
    await queue.waitFor(jobId, (each) => each.status === 'finished');
    expect(agent.calls.filter((each) => each.receiptId === id)).toHaveLength(1);
  });

  it('an answer in the agent’s name, given to the activity: no result without a reply, and the call goes on', async () => {
    const { id, jobId, call, handle } = await started();
    const [activity] = (await handle.describe()).raw.pendingActivities ?? [];
    const result = JSON.stringify({ kind: 'reply', sha256: 'invented' });
    const of = ['--workflow-id', handle.workflowId, '--activity-id', activity?.activityId ?? ''];
    await temporalCli('activity', 'complete', ...of, '--result', result);
    expect(await handle.result()).toMatchObject({ outcome: 'not_current' });
    call.reply();
    await queue.waitFor(jobId, (each) => each.phase !== 'agent');
    await compareWithEngine();
    await queue.waitFor(jobId, (each) => each.status === 'finished');
    expect(agent.calls.filter((each) => each.receiptId === id)).toHaveLength(1);
  });

  it('start by hand: fails at once with the right command', async () => {
    const handle = await queue.client.workflow.start(OCR_WORKFLOW, {
      workflowId: `${queue.settings.workflowIdPrefix}ocr-999001`,
      taskQueue: taskQueuesOf(queue.settings.queueName).ocr,
      args: [],
    });
    await expect(handle.result()).rejects.toMatchObject({
      cause: { message: expect.stringContaining('pantry-queue job enqueue 999001'), type: 'workflow_misused' },
    });
  });

  it('a workflow id that somebody else holds is left alone and reported', async () => {
    const [id = 0] = await addReceipts(queue.db, 1);
    const workflowId = `${queue.settings.workflowIdPrefix}ocr-${id}`;
    const foreign = await queue.client.workflow.start(OCR_WORKFLOW, {
      workflowId,
      taskQueue: 'nobody-works-here',
      args: [],
    });
    const job = await queue.queue.enqueueOcr({ receipt_id: id }, asOwner);
    const failed = await queue.waitFor(job.job_id, (each) => each.status === 'failed');
    expect(failed.error?.code).toBe('workflow_id_taken');
    expect((await foreign.describe()).status.name).toBe('RUNNING');
    await foreign.terminate();
  });
});
