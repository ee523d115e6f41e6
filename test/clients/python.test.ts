import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { addReceipts } from '../support/db.ts';
import { sendJson } from '../support/http-agent.ts';
import { type RunningQueue, startQueue } from '../support/queue-of-receipts.ts';
import { replyFor } from '../support/replies.ts';
import { type PythonClient, pythons, startPythonClient } from './support/python.ts';

const versions = [...pythons()];
if (versions.length === 0) process.stderr.write('Skipped: there is no Python 3 here\n');

/** Receipts that the agent refuses, and those whose reading lasts until it is cut off. */
const refused = new Set<number>();
const endless = new Set<number>();
let queue: RunningQueue;
let client: PythonClient;

beforeAll(async () => {
  if (versions.length === 0) return;
  queue = await startQueue((request, response) => {
    if (endless.has(request.receipt_id)) return;
    if (refused.has(request.receipt_id)) return sendJson(response, 422, { detail: 'no receipt' });
    sendJson(response, 200, replyFor(request));
  });
}, 120_000);
afterAll(() => queue?.stop());
afterEach(() => client?.close());

const ended = (job_id: string) => client.call('wait_for_job', { job_id, timeout_s: 60 });
const OLD_WORDS = ['job_id', 'status', 'created_at', 'started_at', 'ended_at', 'result', 'exc_info', 'meta'];

describe.each(versions)('[H8] Python %s, with the calls of the replaced client', { timeout: 120_000 }, (_, program) => {
  const start = () => {
    client = startPythonClient(program, queue.url);
  };
  const receipts = (count: number) => addReceipts(queue.db, count, 7);
  const imageOf = async (id: number | undefined) =>
    (await queue.db.query<{ image_path: string }>('select image_path from receipts where id = $1', [id]))[0]
      ?.image_path;

  it('queues a receipt once, and tells of it in the words it had', async () => {
    start();
    const [receipt_id] = await receipts(1);
    const args = { receipt_id, image_path: await imageOf(receipt_id), user_id: 7, priority: 'high' };
    expect(await client.call('enqueue_ocr_task', args)).toMatchObject({ job: `ocr-${receipt_id}` });
    expect(await client.call('enqueue_ocr_task', args)).toMatchObject({ job: `ocr-${receipt_id}`, deduplicated: true });
    const job = await ended(`ocr-${receipt_id}`);
    expect(Object.keys(Object(job))).toEqual(OLD_WORDS);
    expect(job).toMatchObject({
      job_id: `ocr-${receipt_id}`,
      status: 'finished',
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+\+00:00$/),
      ended_at: expect.stringMatching(/\+00:00$/),
      result: { merchant_name: 'Corner Shop', total_amount: '12.50' },
      exc_info: null,
      meta: { priority: 'high', generation: 1 },
    });
  });

  it('refuses another image than the receipt has, and names the difference', async () => {
    start();
    const [receipt_id] = await receipts(1);
    await client.call('enqueue_ocr_task', { receipt_id });
    const other = { receipt_id, image_path: 'minio://receipts/other.jpg', user_id: 7 };
    expect(await client.call('enqueue_ocr_task', other)).toMatchObject({
      raised: 'Conflict',
      code: 'idempotency_conflict',
      says: expect.stringContaining('image'),
    });
  });

  it('queues a batch in the order of its list, and refuses lists of different lengths as a whole', async () => {
    start();
    const receipt_ids = await receipts(3);
    const paths = await Promise.all(receipt_ids.map(imageOf));
    const short = { receipt_ids, image_paths: paths.slice(1), user_id: 7 };
    expect(await client.call('enqueue_batch_ocr', short)).toMatchObject({ code: 'batch_length_mismatch' });
    const [first] = receipt_ids;
    expect(await client.call('get_job_status', { job_id: `ocr-${first}` })).toMatchObject({ status: 'not_found' });
    const jobs = await client.call('enqueue_batch_ocr', { receipt_ids, image_paths: paths, user_id: 7 });
    expect(jobs).toMatchObject(receipt_ids.map((id) => ({ job: `ocr-${id}` })));
    expect(await client.call('enqueue_batch_ocr', { receipt_ids: [], image_paths: [], user_id: 7 })).toEqual([]);
  });

  it('tells an unknown job from a queue that cannot be asked', async () => {
    start();
    expect(await client.call('get_job_status', { job_id: 'ocr-2000000000' })).toEqual({
      job_id: 'ocr-2000000000',
      status: 'not_found',
      error: expect.stringContaining('job_not_found'),
    });
    await client.close();
    client = startPythonClient(program, 'http://127.0.0.1:1');
    expect(await client.call('get_job_status', { job_id: 'ocr-1' })).toMatchObject({ status: 'unavailable' });
    expect(await client.call('cancel_job', { job_id: 'ocr-1' })).toMatchObject({ raised: 'Unavailable' });
    expect(await client.call('enqueue_ocr_task', { receipt_id: 1 })).toMatchObject({
      raised: 'Unavailable',
      says: expect.stringContaining('127.0.0.1:1 does not answer'),
    });
    expect(await client.simple('get_queue_info')).toEqual({ available: false });
  });

  it('cancels a job that is being read, and answers False for one that has ended or never was', async () => {
    start();
    const [running = 0, done = 0] = await receipts(2);
    endless.add(running);
    await client.call('enqueue_batch_ocr', { receipt_ids: [running, done], user_id: 7 });
    await ended(`ocr-${done}`);
    expect(await client.call('cancel_job', { job_id: `ocr-${running}` })).toBe(true);
    expect(await ended(`ocr-${running}`)).toMatchObject({ status: 'canceled' });
    expect(await client.call('cancel_job', { job_id: `ocr-${done}` })).toBe(false);
    expect(await client.call('cancel_job', { job_id: 'ocr-2000000000' })).toBe(false);
  });

  it('counts exactly, and clears as many failed jobs as it says', async () => {
    start();
    const failing = await receipts(2);
    for (const id of failing) refused.add(id);
    await client.call('enqueue_batch_ocr', { receipt_ids: failing, user_id: 7 });
    for (const id of failing) expect(await ended(`ocr-${id}`)).toMatchObject({ status: 'failed', result: null });
    const before = await client.call('get_queue_info');
    expect(before).toEqual({
      name: 'pantry-pilot',
      count: 0,
      started_jobs: 0,
      finished_jobs: expect.any(Number),
      failed_jobs: 2,
      scheduled_jobs: 0,
      deferred_jobs: 0,
    });
    expect(await client.call('clear_failed_jobs')).toBe(2);
    expect(await client.call('get_queue_info')).toMatchObject({ failed_jobs: 0 });
    expect(await client.call('clear_failed_jobs')).toBe(0);
    expect(await client.simple('get_queue_info')).toMatchObject({ available: true, name: 'pantry-pilot' });
  });
});
