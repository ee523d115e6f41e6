import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/contract/errors.ts';
import type { InputOf } from '../../src/contract/queue-api.ts';
import type { Db } from '../../src/ledger/db.ts';
import { createOpenUpload } from '../../src/queue/upload-addresses.ts';
import { connect } from '../mcp/support/clients.ts';
import { PRINCIPAL } from '../mcp/support/servers.ts';
import { asOwner } from '../support/owner.ts';
import { useHttpQueue } from './support/http-queue.ts';
import { problemOf } from './support/problem.ts';
import { formOf, type Part, photo } from './support/upload-form.ts';

/** Anyone who shows no token is turned away. */
const principalOf = () => Promise.reject(new AppError('unauthenticated', 'Nobody is known here.'));
const closed = useHttpQueue({ principalOf });
const open = useHttpQueue();

const addressFor = async (said: InputOf<'createUpload'> = {}, user = 1) =>
  (await closed.current.queue.createUpload(said, { principal: { ...PRINCIPAL, user } })).path;

const send = (path: string, ...parts: readonly Part[]) =>
  closed.current.fetch(path, { method: 'POST', body: formOf(...parts) });

async function added(path: string, image = photo()) {
  const response = await send(path, ['file', image]);
  const { id, job_id, deduplicated } = (await response.json()) as { id: number; job_id: string; deduplicated: boolean };
  return { status: response.status, id, job_id, deduplicated };
}

const receipts = async () => (await closed.current.db.query('select * from public.receipts order by id')).length;

describe('[M2] an upload address', () => {
  it('takes one photo without a key, for the user that it was made for, with what was said then', async () => {
    expect((await send('/receipts', ['file', photo()])).status).toBe(401);
    const path = await addressFor({ purchase_date: '2026-01-31', priority: 'high' }, 42);
    const { status, id, job_id, deduplicated } = await added(path);
    expect({ status, job_id, deduplicated }).toEqual({ status: 201, job_id: `ocr-${id}`, deduplicated: false });
    const { queue } = closed.current;
    expect(await queue.getReceipt({ receipt_id: id }, asOwner)).toMatchObject({
      user_id: 42,
      purchase_date: '2026-01-31',
    });
    expect(await queue.getJobStatus({ job_id }, asOwner)).toMatchObject({ priority: 'high' });
  });

  it('answers the same photo as the first time, and takes no other', async () => {
    const path = await addressFor();
    const image = photo();
    const first = await added(path, image);
    expect(await added(path, image)).toEqual(first);
    const before = await closed.current.traces();
    expect(await problemOf(await send(path, ['file', photo()]))).toMatchObject({
      status: 410,
      code: 'upload_address_gone',
      detail: 'Another photo was uploaded to this address.',
    });
    expect(await closed.current.traces()).toEqual(before);
  });

  it('takes one of several photos that come at the same moment', async () => {
    const path = await addressFor();
    const before = await receipts();
    const answers = await Promise.all(Array.from({ length: 6 }, () => added(path)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 410, 410, 410, 410, 410]);
    expect(await receipts()).toBe(before + 1);
  });

  it('may be used again after a photo that was refused', async () => {
    const path = await addressFor();
    expect(await problemOf(await send(path, ['file', new Blob(['no photo'])]))).toMatchObject({ status: 415 });
    expect(await problemOf(await send(path))).toMatchObject({
      code: 'invalid_argument',
      errors: [{ pointer: '/file' }],
    });
    expect(await added(path)).toMatchObject({ status: 201 });
  });

  it('takes nothing but the photo: for whom it is was said before', async () => {
    const path = await addressFor();
    const before = await closed.current.traces();
    for (const field of ['user_id', 'purchase_date', 'priority']) {
      expect(await problemOf(await send(path, ['file', photo()], [field, '7']))).toMatchObject({
        code: 'unknown_argument',
        errors: [{ pointer: `/${field}` }],
      });
    }
    expect(await closed.current.traces()).toEqual(before);
  });

  it('ends after 15 minutes by the clock of the ledger', async () => {
    const { db, queue } = closed.current;
    const path = await addressFor();
    const at = (ms: number) =>
      createOpenUpload({ query: clockOf(db, ms) } as unknown as Db, queue)(path.replace('/uploads/', ''));
    await expect(at(14 * 60_000)).resolves.toMatchObject({ add: expect.any(Function) });
    await expect(at(15 * 60_000)).rejects.toMatchObject({
      code: 'upload_address_gone',
      message: expect.stringMatching(/could be used until 20/),
    });
  });

  it('that was made up or changed is an address like any that does not exist', async () => {
    const path = await addressFor();
    const [, payload = ''] = path.split('.');
    const other = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const forged = Buffer.from(JSON.stringify({ ...other, user: 2, tenant: 'another' })).toString('base64url');
    const before = await closed.current.everything();
    for (const token of [
      path.replace(payload, forged),
      path.slice(0, -1),
      `${path}A`,
      path.replace('/u1.', '/c1.'),
      path.replace('/u1.', '/u2.'),
      '/uploads/x',
      `/uploads/${'x'.repeat(5_000)}`,
    ]) {
      expect(await problemOf(await send(token, ['file', photo()])), token).toMatchObject({
        status: 404,
        code: 'not_found',
      });
    }
    expect(await closed.current.everything()).toEqual(before);
    expect((await closed.current.fetch(path)).status).toBe(405);
  });

  it('[S4] stands behind the guard of host and origin', async () => {
    const path = await addressFor();
    const headers = { origin: 'https://evil.example' };
    const response = await closed.current.fetch(path, { method: 'POST', headers, body: formOf(['file', photo()]) });
    expect(response.status).toBe(403);
  });

  it('is given by add_receipts without paths, over MCP, with the name that its caller used', async () => {
    for (const host of ['127.0.0.1', 'localhost']) {
      const url = `http://${host}:${open.current.port}`;
      const client = await connect('v2-auto', { kind: 'http', url: `${url}/mcp` });
      const { structured } = await client.call('add_receipts', { purchase_date: '2026-01-31' });
      expect(structured).toMatchObject({
        summary: expect.stringContaining('curl -F file=@photo.jpg'),
        upload_url: expect.stringMatching(new RegExp(`^${url}/uploads/u1\\.`)),
        expires_at: expect.any(String),
      });
      const body = formOf(['file', photo()]);
      const uploaded = await fetch(String(structured.upload_url), { method: 'POST', body });
      const { job_id } = (await uploaded.json()) as { job_id: string };
      const status = await client.call('get_job_status', { job_id });
      await client.close();
      expect(status.structured).toMatchObject({ job_id, status: 'queued' });
    }
  });
});

/** The ledger, whose clock is so far ahead. */
const clockOf =
  (db: Db, aheadMs: number): Db['query'] =>
  async (...args) => {
    const rows = await db.query(...args);
    return rows.map((row) => ({ ...row, now: new Date(Number(row.now) + aheadMs) })) as never;
  };
