import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { findUpload } from '../../src/jobs/ocr/idempotency-keys.ts';
import { asOwner } from '../support/owner.ts';
import { useHttpQueue } from './support/http-queue.ts';
import { newPhoto, picture } from './support/images.ts';
import { problemOf } from './support/problem.ts';

const http = useHttpQueue();
let keys = 0;
const newKey = () => `test-key-${++keys}`;

interface Sent {
  readonly key?: string;
  readonly bytes?: Uint8Array;
  readonly day?: string;
  readonly user?: string;
}

const photos = new Map<string, Buffer>();
/** One for each key, and another one for each upload without. */
function photoOf(key: string | undefined): Buffer {
  const photo = (key === undefined ? undefined : photos.get(key)) ?? newPhoto();
  if (key !== undefined) photos.set(key, photo);
  return photo;
}

function upload({ key, bytes = photoOf(key), day, user }: Sent): Promise<Response> {
  const form = new FormData();
  form.append('file', new Blob([bytes as Uint8Array<ArrayBuffer>]), 'receipt.jpg');
  if (day !== undefined) form.append('purchase_date', day);
  if (user !== undefined) form.append('user_id', user);
  const headers = key === undefined ? {} : { 'idempotency-key': key };
  return http.current.fetch('/receipts', { method: 'POST', body: form, headers });
}

const added = async (sent: Sent) => {
  const response = await upload(sent);
  expect(response.status).toBe(201);
  const { id, job_id, job } = (await response.json()) as { id: number; job_id: string; job: { status: string } };
  return { id, job_id, status: job.status };
};

let pictures = 0;
/** A picture that no other test has sent. */
const newPicture = () =>
  sharp({ create: { width: 64, height: 64 + ++pictures, channels: 3, background: '#fff' } })
    .png()
    .toBuffer();
const fileOf = (imageDir: string, bytes: Uint8Array) => {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return path.join(imageDir, 'receipts', sha256.slice(0, 2), `${sha256}.png`);
};

/** Statements that wait for a lock on a table of ours. */
async function waitingFor(table: string): Promise<number> {
  const [row] = await http.current.db.query<{ count: number }>(
    `select count(*)::int from pg_locks
     where database = (select oid from pg_database where datname = current_database())
       and not granted and relation = 'pantry_queue.${table}'::regclass`,
  );
  return row?.count ?? 0;
}

async function counts(): Promise<unknown> {
  const [row] = await http.current.db.query(
    `select (select count(*)::int from public.receipts) as receipts, (select count(*)::int from pantry_queue.jobs) as jobs`,
  );
  return row;
}

describe('an upload with an Idempotency-Key', () => {
  it('[H1] that comes again is answered with the same receipt and job, and makes no other', async () => {
    const sent = { key: newKey(), day: '2026-01-19', user: '7' };
    const first = await added(sent);
    const before = await counts();
    expect(await added(sent)).toEqual(first);
    expect(await added(sent)).toEqual(first);
    expect(await counts()).toEqual(before);
  });

  it('[H1] that comes twenty times at once becomes one receipt and one job', async () => {
    const sent = { key: newKey() };
    const { receipts, jobs } = (await counts()) as { receipts: number; jobs: number };
    const all = await Promise.all(Array.from({ length: 20 }, () => added(sent)));
    expect(new Set(all.map(({ id }) => id)).size).toBe(1);
    expect(await counts()).toEqual({ receipts: receipts + 1, jobs: jobs + 1 });
  });

  it.each<[string, () => Promise<Sent>]>([
    ['another image', async () => ({ bytes: await picture('png') })],
    ['another day', async () => ({ day: '2026-01-20' })],
    ['no day', async () => ({})],
  ])('[H1] and %s is a conflict, which stores nothing', async (_what, other) => {
    const key = newKey();
    await added({ key, day: '2026-01-19' });
    const before = await http.current.traces();
    const problem = await problemOf(await upload({ key, ...(await other()) }));
    expect(problem).toMatchObject({ status: 409, code: 'idempotency_conflict' });
    expect(problem.errors).toMatchObject([{ pointer: '/Idempotency-Key' }]);
    expect(problem.hint).not.toContain('image_path');
    expect(await http.current.traces()).toEqual(before);
  });

  it.each([
    ['removed when no other receipt has it', false],
    ['kept when another receipt has it', true],
  ])('[H1] and another image at the same moment is a conflict, whose image is %s', async (_what, isNamed) => {
    const { db, imageDir, queue } = http.current;
    const pictures = [await newPicture(), await newPicture()];
    const named = isNamed ? await Promise.all(pictures.map((bytes) => added({ bytes, user: '9' }))) : [];
    const before = await counts();
    const key = newKey();
    // Both have looked for the key and stored their image before either can write it down.
    const uploads = await db.transaction(async (tx) => {
      await tx.query('lock table pantry_queue.idempotency_keys in share mode');
      const sent = pictures.map((bytes) => upload({ key, bytes }));
      await expect.poll(() => waitingFor('idempotency_keys'), { timeout: 20_000 }).toBe(2);
      return sent;
    });
    const answers = await Promise.all(uploads);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
    const images = pictures.map((bytes) => existsSync(fileOf(imageDir, bytes)));
    expect(images).toEqual(isNamed ? [true, true] : answers.map(({ status }) => status === 201));
    const { receipts, jobs } = before as { receipts: number; jobs: number };
    expect(await counts()).toEqual({ receipts: receipts + 1, jobs: jobs + 1 });
    for (const { id } of named) await queue.deleteReceipt({ receipt_id: id }, asOwner);
  });

  it('[H1] of another user is another request', async () => {
    const key = newKey();
    const [mine, theirs] = [await added({ key, user: '7' }), await added({ key, user: '8' })];
    expect(mine.id).not.toBe(theirs.id);
    expect(await added({ key, user: '8' })).toEqual(theirs);
  });

  it('[H1] that was cut between its receipt and its job gets its job', async () => {
    const sent = { key: newKey() };
    const { id, job_id } = await added(sent);
    await http.current.db.query('delete from pantry_queue.jobs where subject = $1', [id]);
    expect(await added(sent)).toEqual({ id, job_id, status: 'queued' });
  });

  it('[H1] that was cut between its image and its receipt makes the receipt', async () => {
    const { db } = http.current;
    await db.query('alter table pantry_queue.idempotency_keys add constraint broken check (false) not valid');
    const sent = { key: newKey(), bytes: await picture('webp') };
    const before = await counts();
    expect((await upload(sent)).status).toBeGreaterThanOrEqual(400);
    expect(await counts()).toEqual(before);
    await db.query('alter table pantry_queue.idempotency_keys drop constraint broken');
    const first = await added(sent);
    expect(await added(sent)).toEqual(first);
  });

  it('[H1] does not read again what has failed or was canceled', async () => {
    const sent = { key: newKey() };
    const { id, job_id } = await added(sent);
    await http.current.fetch(`/jobs/${job_id}/cancel`, { method: 'POST' });
    expect(await added(sent)).toEqual({ id, job_id, status: 'canceled' });
  });

  it('[H1] counts for a day; then it is new, and what is old is taken away', async () => {
    const sent = { key: newKey() };
    const first = await added(sent);
    await http.current.db.query(`update pantry_queue.idempotency_keys set created_at = now() - interval '25 hours'`);
    expect((await added({ ...sent, bytes: newPhoto() })).id).not.toBe(first.id);
    await added({ key: newKey() });
    const old = `select key from pantry_queue.idempotency_keys where created_at < now() - interval '24 hours'`;
    expect((await http.current.db.query(old)).length).toBeLessThanOrEqual(Math.max(0, keys - 20));
  });

  it.each(['', ' ', 'a b', 'é', 'x'.repeat(256)])('that is no key is refused: %j', async (key) => {
    const response = await upload({ key }).catch(() => undefined);
    // What no header may hold, no client sends.
    if (response) expect(await problemOf(response)).toMatchObject({ status: 422, code: 'invalid_argument' });
  });

  it('is not needed: two uploads without one are two receipts', async () => {
    expect((await added({})).id).not.toBe((await added({})).id);
  });
});

/** What may become of the receipt that a key stands for; `$1` is its id. */
const REPLACED = {
  'was deleted': undefined,
  'has another user now': 'values ($1::int, 8, now())',
  'has another user now, whose row has no moment': 'values ($1::int, 8, null::timestamptz)',
  'has another user now, whose row is older than the key': "values ($1::int, 8, now() - interval '1 year')",
  'has another row of the same user now': "values ($1::int, 7, now() + interval '1 minute')",
};

describe('an Idempotency-Key whose receipt was deleted', () => {
  it.each(Object.entries(REPLACED))(
    '[H1] and whose id %s says so, and neither shows nor adds a receipt',
    async (_what, row) => {
      const { db } = http.current;
      const sent = { key: newKey(), user: '7' };
      const { id } = await added(sent);
      await db.query('alter table public.receipts alter column created_at drop not null');
      await db.query('delete from public.receipts where id = $1', [id]);
      if (row) {
        const columns =
          "(id, user_id, created_at, image_path, merchant_name) select *, 'minio://receipts/x.jpg', 'Theirs'";
        await db.query(`insert into public.receipts ${columns} from (${row}) v`, [id]);
        const kept = await findUpload(db, { tenant: 'default', userId: 7, key: `one ${sent.key}` });
        expect(kept).toMatchObject({ receiptId: id, isDeleted: true });
      }
      const before = await counts();
      for (const again of [1, 2]) {
        const response = await upload(sent);
        const text = await response.clone().text();
        expect(text, `asked ${again} times`).not.toContain('Theirs');
        expect(await problemOf(response)).toMatchObject({
          code: 'receipt_deleted',
          detail: expect.stringContaining(String(id)),
          hint: expect.stringContaining('another Idempotency-Key'),
        });
      }
      expect(await counts()).toEqual(before);
      expect((await added({ ...sent, key: newKey() })).id).not.toBe(id);
    },
  );
});

describe('a bulk upload with an Idempotency-Key', () => {
  const bulk = async (key: string, ...files: Uint8Array[]) => {
    const form = new FormData();
    for (const bytes of files) form.append('files', new Blob([bytes as Uint8Array<ArrayBuffer>]), 'a.jpg');
    return http.current.fetch('/receipts/bulk', { method: 'POST', body: form, headers: { 'idempotency-key': key } });
  };
  const idsOf = async (response: Response) => ((await response.json()) as { receipt_ids: number[] }).receipt_ids;

  it('[H1] that comes again finds what was added, and adds the rest', async () => {
    const key = newKey();
    const files = [newPhoto(), await newPicture(), newPhoto()];
    const first = await idsOf(await bulk(key, ...files));
    expect(new Set(first).size).toBe(3);
    // As if the first request had been cut before its last file.
    await http.current.db.query('delete from pantry_queue.idempotency_keys where receipt_id = $1', [first[2]]);
    await http.current.db.query('delete from public.receipts where id = $1', [first[2]]);
    const again = await idsOf(await bulk(key, ...files));
    expect(again.slice(0, 2)).toEqual(first.slice(0, 2));
    expect(again[2]).not.toBe(first[2]);
  });

  it('[H1] and other files is a conflict of each that differs; another number of files, of all', async () => {
    const key = newKey();
    const photo = newPhoto();
    const [kept] = await idsOf(await bulk(key, photo, await newPicture()));
    const mixed = await bulk(key, photo, photo);
    expect(mixed.status).toBe(207);
    expect(await mixed.json()).toMatchObject({
      results: [{ receipt_id: kept }, { status: 'refused', error: { code: 'idempotency_conflict' } }],
    });
    const fewer = await problemOf(await bulk(key, photo));
    expect(fewer).toMatchObject({ status: 409, code: 'idempotency_conflict' });
  });
});
