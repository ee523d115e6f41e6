import { describe, expect, it } from 'vitest';
import { useHttpQueue } from './support/http-queue.ts';
import { newPhoto } from './support/images.ts';
import { blob, formOf, type Part } from './support/upload-form.ts';

const http = useHttpQueue();

interface Answer {
  readonly id: number;
  readonly job_id: string;
  readonly job: { generation: number; status: string };
  readonly deduplicated: boolean;
  readonly differs?: string[];
}
const filed = (bytes: Uint8Array) => blob(new Uint8Array(bytes));

async function upload(bytes: Uint8Array, ...parts: Part[]): Promise<Answer & { httpStatus: number }> {
  const body = formOf(['file', filed(bytes)], ...parts);
  const response = await http.current.fetch('/receipts', { method: 'POST', body });
  return { httpStatus: response.status, ...((await response.json()) as Answer) };
}

async function counts(): Promise<Record<string, unknown> | undefined> {
  const [row] = await http.current.db.query(
    `select (select count(*)::int from public.receipts) as receipts, (select count(*)::int from pantry_queue.jobs) as jobs,
       (select count(*)::int from pantry_queue.receipt_state) as states`,
  );
  return row;
}

const erase = (id: number) => http.current.fetch(`/receipts/${id}`, { method: 'DELETE' });
const cancel = (jobId: string) => http.current.fetch(`/jobs/${jobId}/cancel`, { method: 'POST' });

describe('[O6] the same photograph of the same user', () => {
  it('[O6] is answered with the first receipt and its job, and makes nothing', async () => {
    const photo = newPhoto();
    const first = await upload(photo, ['purchase_date', '2026-01-19']);
    expect(first).toMatchObject({ httpStatus: 201, deduplicated: false });
    const before = await counts();
    const again = await upload(photo, ['purchase_date', '2026-01-19']);
    expect(again).toMatchObject({ httpStatus: 200, deduplicated: true, id: first.id, job_id: first.job_id });
    expect(again.differs).toBeUndefined();
    const otherDay = await upload(photo, ['purchase_date', '2026-01-20']);
    expect(otherDay).toMatchObject({ id: first.id, purchase_date: '2026-01-19', differs: ['purchase_date'] });
    expect(await counts()).toEqual(before);
  });

  it('[O6] makes one receipt where twenty at once make one receipt, with keys of their own or without', async () => {
    const photo = newPhoto();
    const before = await counts();
    const send = async (nth: number) => {
      const headers = nth % 2 === 0 ? { 'idempotency-key': `twenty-${nth}` } : {};
      const response = await http.current.fetch('/receipts', {
        method: 'POST',
        body: formOf(['file', filed(photo)]),
        headers,
      });
      return (await response.json()) as Answer;
    };
    const answers = await Promise.all(Array.from({ length: 20 }, (_, nth) => send(nth)));
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
    expect(answers.filter(({ deduplicated }) => !deduplicated)).toHaveLength(1);
    const one = (name: string) => Number(before?.[name]) + 1;
    expect(await counts()).toEqual({ receipts: one('receipts'), jobs: one('jobs'), states: one('states') });
  });

  it('[O6] is added and read again where that is allowed, and the first one stays the first', async () => {
    const photo = newPhoto();
    const allowed: Part = ['allow_duplicate', 'true'];
    // The first upload may allow it too: it is the one that later ones repeat.
    const first = await upload(photo, allowed);
    const second = await upload(photo, allowed);
    expect(second).toMatchObject({ httpStatus: 201, deduplicated: false, job: { status: 'queued' } });
    expect(second.id).not.toBe(first.id);
    expect(await upload(photo)).toMatchObject({ deduplicated: true, id: first.id });
  });

  it('[O6] is new once the first one was deleted', async () => {
    const photo = newPhoto();
    const first = await upload(photo);
    await erase(first.id);
    const next = await upload(photo);
    expect(next).toMatchObject({ httpStatus: 201, deduplicated: false });
    expect(next.id).not.toBe(first.id);
    expect(await upload(photo)).toMatchObject({ deduplicated: true, id: next.id });
  });

  it('[O6] gets a new generation where the job of the first one was canceled', async () => {
    const photo = newPhoto();
    const first = await upload(photo);
    await cancel(first.job_id);
    expect(await upload(photo)).toMatchObject({
      deduplicated: true,
      id: first.id,
      job: { generation: 2, status: 'queued' },
    });
  });

  it('[O6] [S1] of another user is another receipt, and nobody hears of the first', async () => {
    const photo = newPhoto();
    const mine = await upload(photo, ['user_id', '7']);
    const theirs = await upload(photo, ['user_id', '8']);
    expect(theirs).toMatchObject({ httpStatus: 201, deduplicated: false });
    expect(theirs.id).not.toBe(mine.id);
  });

  it('[O6] is new where the application has given the first one to another user, or another image', async () => {
    for (const change of ['user_id = 99', `image_path = 'minio://receipts/other.jpg'`]) {
      const photo = newPhoto();
      const first = await upload(photo);
      await http.current.db.query(`update public.receipts set ${change} where id = $1`, [first.id]);
      const next = await upload(photo);
      expect([change, next.deduplicated, next.id === first.id]).toEqual([change, false, false]);
      expect(await upload(photo)).toMatchObject({ deduplicated: true, id: next.id });
    }
  });

  it('[O6] under an Idempotency-Key is answered the same when it comes again', async () => {
    const photo = newPhoto();
    const { id } = await upload(photo);
    const send = async () => {
      const headers = { 'idempotency-key': 'same-again' };
      const response = await http.current.fetch('/receipts', {
        method: 'POST',
        body: formOf(['file', filed(photo)]),
        headers,
      });
      return [response.status, await response.json()];
    };
    for (const _ of [1, 2]) expect(await send()).toMatchObject([200, { id, deduplicated: true }]);
  });

  it('[O6] is found file by file of a bulk upload, also within one', async () => {
    const [photo, other] = [newPhoto(), newPhoto()];
    const { id } = await upload(photo);
    const files = [photo, other, other].map((bytes): Part => ['files', filed(bytes)]);
    const response = await http.current.fetch('/receipts/bulk', { method: 'POST', body: formOf(...files) });
    const answer = (await response.json()) as { receipt_ids: number[] };
    expect(answer).toMatchObject({
      total: 3,
      queued: 1,
      deduplicated: 2,
      refused: 0,
      results: [
        { status: 'deduplicated', receipt_id: id },
        { status: 'queued' },
        { status: 'deduplicated', receipt_id: answer.receipt_ids[1] },
      ],
    });
    expect(answer.receipt_ids).toHaveLength(2);
  });

  it('[O6] says which value of allow_duplicate means nothing', async () => {
    expect(await upload(newPhoto(), ['allow_duplicate', 'maybe'])).toMatchObject({
      httpStatus: 422,
      code: 'invalid_argument',
      errors: [{ pointer: '/allow_duplicate' }],
    });
  });
});
