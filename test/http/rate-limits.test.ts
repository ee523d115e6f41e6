import { readdir } from 'node:fs/promises';
import sharp from 'sharp';
import { beforeEach, describe, expect, it } from 'vitest';
import { addReceipts } from '../support/db.ts';
import { clearJobs } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';
import { useHttpQueue } from './support/http-queue.ts';
import { problemOf } from './support/problem.ts';

const http = useHttpQueue();
beforeEach(() => clearJobs(http.current.db));

const setCap = (cap: Parameters<typeof http.current.queue.setCap>[0]) => http.current.queue.setCap(cap, asOwner);
const post = (address: string, body: unknown) =>
  http.current.fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
const told = ({ headers }: Response) => [headers.get('ratelimit-policy'), headers.get('ratelimit')];

/** A limit is told of from about a second on after it was set: the job that is there already takes no room meanwhile. */
async function untilTold(receipt_id: number | undefined): Promise<void> {
  await expect
    .poll(async () => told(await post('/jobs', { receipt_id })), { timeout: 20_000 })
    .not.toEqual([null, null]);
}

describe('[H3] rate-limit headers', () => {
  it('[H3] are on no answer where the tenant has no limits', async () => {
    const [receipt_id] = await addReceipts(http.current.db, 1);
    const response = await post('/jobs', { receipt_id });
    expect([response.status, ...told(response)]).toEqual([202, null, null]);
  });

  it('[H3] tell on what was accepted which limits hold and what is left, and on a refusal which one it was', async () => {
    const [first, second, third, ...rest] = await addReceipts(http.current.db, 6);
    await setCap({ user_id: 1, queued: 5, per_minute: 4 });
    await setCap({ queued: 100 });
    await post('/jobs', { receipt_id: first });
    await untilTold(first);
    const accepted = await post('/jobs', { receipt_id: second });
    expect(accepted.status).toBe(202);
    expect(accepted.headers.get('ratelimit-policy')).toBe(
      '"tenant-queued";q=100, "user-queued";q=5, "user-per-minute";q=4;w=60',
    );
    const left = /^"tenant-queued";r=98, "user-queued";r=3, "user-per-minute";r=2;t=(\d+)$/;
    const [, seconds] = left.exec(accepted.headers.get('ratelimit') ?? '') ?? [];
    expect(Number(seconds)).toBeGreaterThan(0);
    expect(Number(seconds)).toBeLessThanOrEqual(60);
    const batch = await post('/jobs/batch', { receipt_ids: [second, third], user_id: 1 });
    expect(batch.headers.get('ratelimit')).toMatch(/"user-queued";r=2, "user-per-minute";r=1;t=\d+$/);
    const refused = await post('/jobs/batch', { receipt_ids: rest });
    expect(refused.headers.get('ratelimit-policy')).toBe('"user-per-minute";q=4;w=60');
    expect(refused.headers.get('ratelimit')).toMatch(/^"user-per-minute";r=1;t=\d+$/);
    const limit = { name: 'user-per-minute', limit: 4, remaining: 1, window_s: 60 };
    expect(await problemOf(refused)).toMatchObject({ code: 'rate_limited', limit });
  });
});

let pictures = 0;
async function upload(address: '/receipts' | '/receipts/bulk', bytes: Uint8Array, key?: string): Promise<Response> {
  const form = new FormData();
  form.append(address === '/receipts' ? 'file' : 'files', new Blob([bytes as Uint8Array<ArrayBuffer>]), 'receipt.png');
  const headers = key === undefined ? {} : { 'idempotency-key': key };
  return http.current.fetch(address, { method: 'POST', body: form, headers });
}
/** A picture that nobody has sent before. */
const newPicture = () =>
  sharp({ create: { width: 64, height: 164 + ++pictures, channels: 3, background: '#fff' } })
    .png()
    .toBuffer();
async function left(): Promise<unknown> {
  const [rows] = await http.current.db.query(
    `select (select count(*)::int from public.receipts) as receipts, (select count(*)::int from pantry_queue.jobs) as jobs,
       (select count(*)::int from pantry_queue.idempotency_keys) as keys`,
  );
  const files = (await readdir(http.current.imageDir, { recursive: true })).filter((name) => name.endsWith('.png'));
  return { ...rows, files: files.sort() };
}

describe.each(['/receipts', '/receipts/bulk'] as const)('[Q11] an upload to %s that a limit refuses', (address) => {
  it.each([undefined, `key-of-${address.length}`])('[Q11] leaves no image, receipt or key (key: %s)', async (key) => {
    await setCap({ user_id: 1, queued: 0 });
    const before = await left();
    const bytes = await newPicture();
    const refused = await upload(address, bytes, key);
    expect(await refused.text()).toContain('queue_full');
    expect(await left()).toEqual(before);
    await setCap({ user_id: 1, queued: null });
    const accepted = await upload(address, bytes, key);
    expect(accepted.status).toBeLessThan(300);
    expect(await accepted.text()).toContain('"job_id":"ocr-');
  });

  it('[Q11] leaves the image that another receipt has', async () => {
    const bytes = await newPicture();
    expect((await upload(address, bytes)).status).toBeLessThan(300);
    await setCap({ user_id: 1, queued: 0 });
    const before = await left();
    await upload(address, bytes);
    expect(await left()).toEqual(before);
  });
});
