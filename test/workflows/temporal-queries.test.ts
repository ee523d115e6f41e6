import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureArtifact } from '#artifacts';
import { AppError } from '../../src/contract/errors.ts';
import { scriptedAgent } from '../support/agent.ts';
import { addReceipts } from '../support/db.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { asOwner } from '../support/owner.ts';

const page = readFileSync(path.resolve(import.meta.dirname, '../../docs/operations.md'), 'utf8');
/** As the page has them, in its order. */
const QUERIES = [...page.matchAll(/^temporal workflow list --query "(.+)"$/gm)].map(([, query = '']) => query);

let queue: Installation;
const of = { finished: 0, running: 0, canceled: 0, failed: 0, batch: 0 };
let batchId = '';
let user = 0;

beforeAll(async () => {
  queue = await createInstallation();
  const [finished = 0, running = 0, canceled = 0, failed = 0, batch = 0] = await addReceipts(queue.db, 5);
  Object.assign(of, { finished, running, canceled, failed, batch });
  const held = new Set([running, canceled]);
  await queue.work(
    scriptedAgent((call) => {
      if (call.receiptId === failed) call.fail(new AppError('agent_rejected', 'The agent refused the receipt.'));
      else if (!held.has(call.receiptId)) call.reply();
    }),
  );
  for (const id of [finished, running, canceled, failed]) await queue.queue.enqueueOcr({ receipt_id: id }, asOwner);
  batchId = (await queue.queue.enqueueBatchOcr({ receipt_ids: [batch] }, asOwner)).batch_id ?? '';
  await queue.waitFor(`ocr-${running}`, ({ phase }) => phase === 'agent');
  await queue.waitFor(`ocr-${canceled}`, ({ phase }) => phase === 'agent');
  await queue.queue.cancelJob({ job_id: `ocr-${canceled}` }, asOwner);
  await queue.waitFor(`ocr-${canceled}`, ({ status }) => status === 'canceled');
  await queue.waitFor(`ocr-${failed}`, ({ status }) => status === 'failed');
  for (const id of [finished, batch]) await queue.waitFor(`ocr-${id}`, ({ status }) => status === 'finished');
  user = (await queue.queue.getReceipt({ receipt_id: finished }, asOwner)).user_id;
});
afterAll(() => queue.dispose());

/** The program that people use; of what it lists, the receipts of this queue. */
async function listed(query: string): Promise<number[]> {
  const program = await ensureArtifact('temporal-cli');
  const where = ['--address', queue.settings.engine.address, '--output', 'json', '--limit', '10000'];
  const { stdout } = await promisify(execFile)(program, ['workflow', 'list', '--query', query, ...where], {
    maxBuffer: 64 * 1024 * 1024,
  });
  const found = JSON.parse(stdout || '[]') as { execution: { workflowId: string } }[];
  const prefix = `${queue.settings.workflowIdPrefix}ocr-`;
  return found
    .map(({ execution }) => execution.workflowId)
    .filter((id) => id.startsWith(prefix))
    .map((id) => Number(id.slice(prefix.length)))
    .sort((a, b) => a - b);
}

const sorted = (...ids: number[]) => ids.sort((a, b) => a - b);

describe('the queries that docs/operations.md gives to people', () => {
  it('[W9] are six', () => expect(QUERIES).toHaveLength(6));

  const cases: readonly [what: string, nth: number, filled: (query: string) => string, finds: () => number[]][] = [
    ['what runs now', 0, (query) => query, () => [of.running]],
    ['one receipt', 1, (query) => query.replace('= 1', `= ${of.failed}`), () => [of.failed]],
    [
      'one user',
      2,
      (query) => query.replace("= '2'", `= '${user}'`),
      () => sorted(of.finished, of.running, of.canceled, of.failed, of.batch),
    ],
    ['one batch', 3, (query) => query.replace(/batch-[0-9a-f-]+/, batchId), () => [of.batch]],
    ['what did not finish', 4, (query) => query, () => sorted(of.canceled, of.failed)],
    [
      'what took long',
      5,
      (query) => query.replace("= '2'", `= '${user}'`).replace('10s', '1ms'),
      () => sorted(of.finished, of.canceled, of.failed, of.batch),
    ],
  ];

  it.each(cases)('[W9] find %s with the temporal command', async (_what, nth, filled, finds) => {
    const query = filled(QUERIES[nth] ?? '');
    // Temporal lists what has just ended a moment later.
    await expect.poll(() => listed(query), { timeout: 20_000, interval: 500 }).toEqual(finds());
  });
});

describe('what a person sees of a job in Temporal', () => {
  const described = (id: number) =>
    queue.client.workflow.getHandle(`${queue.settings.workflowIdPrefix}ocr-${id}`).describe();

  it('[W1] is the receipt, its owner and its batch, as search attributes and as a sentence', async () => {
    const run = await described(of.batch);
    expect(run.type).toBe('ocrReceipt');
    expect(run.searchAttributes).toMatchObject({
      PantryTenant: ['default'],
      PantryUser: [String(user)],
      PantryReceipt: [of.batch],
      PantryBatch: [batchId],
    });
    expect(await run.staticSummary()).toBe(`receipt ${of.batch} of user ${user}`);
    expect((await described(of.finished)).searchAttributes).not.toHaveProperty('PantryBatch');
  });

  it('[W1] is the call of the agent as an activity with a sentence of its own, which retries', async () => {
    const { raw } = await described(of.running);
    const [pending] = raw.pendingActivities ?? [];
    expect(pending).toMatchObject({ activityType: { name: 'callAgent' } });
    const program = await ensureArtifact('temporal-cli');
    const show = ['workflow', 'show', '--workflow-id', raw.workflowExecutionInfo?.execution?.workflowId ?? ''];
    const { stdout } = await promisify(execFile)(program, [
      ...show,
      ...['--address', queue.settings.engine.address, '--output', 'json'],
    ]);
    const history = JSON.parse(stdout) as { events: { userMetadata?: { summary?: { data: string } } }[] };
    const summaries = history.events.flatMap(({ userMetadata }) =>
      userMetadata?.summary ? [JSON.parse(Buffer.from(userMetadata.summary.data, 'base64').toString())] : [],
    );
    expect(summaries).toContain(`the agent is called for ocr-${of.running}`);
  });

  it('[W1] [W9] is why a job waits: where to look, and the cap that holds its call', async () => {
    const [id = 0] = await addReceipts(queue.db, 1);
    await queue.queue.pauseQueue({ reason: 'agent update' }, asOwner);
    try {
      await queue.queue.enqueueOcr({ receipt_id: id }, asOwner);
      // Let in before the pause was seen: its first call finds the queue paused.
      await queue.db.query(
        `update pantry_queue.jobs set status = 'queued', phase = 'worker', admitted_at = now() where subject = $1`,
        [id],
      );
      queue.notifier.changed([id], { gate: true });
      const handle = queue.client.workflow.getHandle(`${queue.settings.workflowIdPrefix}ocr-${id}`);
      const failure = async () => {
        const { raw } = await handle.describe().catch(() => ({ raw: undefined }));
        return raw?.pendingActivities?.[0]?.lastFailure?.message;
      };
      await expect
        .poll(failure, { timeout: 20_000 })
        .toMatch(/^The job waits for the queue to be resumed: .+ paused it at /);
      expect(await handle.query('__temporal_workflow_metadata')).toMatchObject({
        currentDetails: expect.stringContaining(`pantry-queue job explain ocr-${id}`),
      });
    } finally {
      await queue.queue.resumeQueue({}, asOwner);
    }
    await queue.waitFor(`ocr-${id}`, ({ status }) => status === 'finished');
  });
});
