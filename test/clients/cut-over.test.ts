import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addReceipts } from '../support/db.ts';
import { sendJson } from '../support/http-agent.ts';
import { commandsOf } from '../support/page-commands.ts';
import { type RunningQueue, startQueue } from '../support/queue-of-receipts.ts';
import { replyFor } from '../support/replies.ts';
import { findOldQueue, type OldQueue, startOldQueue } from './support/rq.ts';

const found = await findOldQueue();
const missing = 'missing' in found ? found.missing : undefined;
if (missing !== undefined) process.stderr.write(`Skipped: ${missing}\n`);
const USER_ID = 7;

let queue: RunningQueue;
let old: OldQueue;
beforeAll(async () => {
  if ('missing' in found) return;
  queue = await startQueue((request, response) => sendJson(response, 200, replyFor(request)));
  old = await startOldQueue(found, queue.databaseUrl);
}, 180_000);
afterAll(async () => {
  await old?.stop();
  await queue?.stop();
});

const page = (name: string) => commandsOf('cut-over.md', name);
const merchants = async (ids: readonly number[]) =>
  (
    await queue.db.query<{ merchant_name: string | null }>(
      'select merchant_name from public.receipts where id = any($1::bigint[]) order by id',
      [ids],
    )
  ).map((row) => row.merchant_name);
const each = async (id: number | undefined) => {
  const [row] = await queue.db.query<{ image_path: string }>('select image_path from receipts where id = $1', [id]);
  return { RECEIPT_ID: String(id), IMAGE_PATH: row?.image_path ?? '', USER_ID: String(USER_ID) };
};
const intoRedis = async (ids: readonly number[]) => {
  for (const id of ids) await old.shell(page('back'), await each(id));
};
const http = (name: string) => ({ PANTRY_QUEUE_URL: queue.url, USER_ID: String(USER_ID), name });

describe.skipIf(missing !== undefined)('[H8] the page of the cut-over, with a real RQ', { timeout: 600_000 }, () => {
  it('drains the old queue, then reads what is left, each receipt once', async () => {
    const inRedis = await addReceipts(queue.db, 3, USER_ID);
    const uploaded = await addReceipts(queue.db, 2, USER_ID);
    const abandoned = await addReceipts(queue.db, 1, USER_ID);
    await intoRedis(inRedis);
    await queue.db.query(`update public.receipts set ocr_status = 'processing' where id = $1`, [abandoned[0]]);

    const said = await old.shell(page('drain'));
    expect(said).toMatch(/pantry-pilot\s.*3\b[\s\S]*pantry-pilot\s.*0\b/);
    expect(await merchants(inRedis)).toEqual(inRedis.map(() => 'Read by RQ'));

    await queue.db.query(page('leftovers'));
    const answer = JSON.parse(await old.shell(page('pending'), http('pending')));
    const left = [...uploaded, ...abandoned];
    expect(answer).toMatchObject({ queued: 3, newly_queued: 3, job_ids: left.map((id) => `ocr-${id}`) });
    await expect
      .poll(async () => JSON.parse(await old.shell(page('look'), http('look'))), { timeout: 120_000, interval: 200 })
      .toMatchObject({ count: 0, started_jobs: 0, finished_jobs: 3, failed_jobs: 0 });
    expect(await merchants(left)).toEqual(left.map(() => 'Corner Shop'));
    expect(queue.agent.log.map((call) => call.receiptId).sort()).toEqual([...left].sort());
  });

  it('goes back: what has not been read is read by the old worker, and nothing else', async () => {
    await fetch(`${queue.url}/queue/pause`, {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
    });
    const waiting = await addReceipts(queue.db, 2, USER_ID);
    const calls = queue.agent.log.length;
    const unread = await queue.db.query<{ id: number }>(page('unread'));
    expect(unread.map((row) => Number(row.id))).toEqual(waiting);
    await intoRedis(waiting);
    await old.shell(page('drain'));
    expect(await merchants(waiting)).toEqual(['Read by RQ', 'Read by RQ']);
    expect(queue.agent.log).toHaveLength(calls);
  });
});
