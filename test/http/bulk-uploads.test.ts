import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { useHttpQueue } from './support/http-queue.ts';
import { picture, receiptPhoto } from './support/images.ts';
import { problemOf, refused } from './support/problem.ts';
import { blob, formOf, type Part, photo } from './support/upload-form.ts';

const http = useHttpQueue();
const send = (address: string, body: FormData) => http.current.fetch(address, { method: 'POST', body });

interface BulkAnswer {
  readonly total: number;
  readonly queued: number;
  readonly job_ids: string[];
  readonly receipt_ids: number[];
  readonly results: { file: number; name: string; status: string }[];
}

const GIF = Buffer.from('GIF89a\x01\0\x01\0\0\0\0;', 'latin1');

describe('POST /receipts/bulk', () => {
  it('stores and queues every file', async () => {
    const form = formOf(['files', photo()], ['files', blob(await picture('png'))], ['purchase_date', '2026-01-19']);
    const response = await send('/receipts/bulk', form);
    expect(response.status).toBe(201);
    const answer = (await response.json()) as { job_ids: string[]; receipt_ids: number[] };
    expect(answer).toMatchObject({ total: 2, queued: 2 });
    expect(answer.job_ids).toEqual(answer.receipt_ids.map((id) => `ocr-${id}`));
  });

  it('[H1] goes on after a file that is refused, and gives each file its result', async () => {
    const form = formOf(
      ['files', photo(), 'lunch.jpg'],
      ['files', blob(GIF), 'phone.gif'],
      ['files', photo(), 'dinner.png'],
      ['files', blob(''), 'nothing.jpg'],
    );
    const response = await send('/receipts/bulk', form);
    expect(response.status).toBe(207);
    const { results, job_ids, receipt_ids, ...counts } = (await response.json()) as BulkAnswer;
    expect(counts).toEqual({ total: 4, queued: 2, deduplicated: 0, refused: 2 });
    expect(job_ids).toEqual(receipt_ids.map((id) => `ocr-${id}`));
    expect(results).toMatchObject([
      { file: 0, name: 'lunch.jpg', status: 'queued', receipt_id: receipt_ids[0], job_id: job_ids[0] },
      { file: 1, name: 'phone.gif', status: 'refused', error: { code: 'unsupported_image', status: 415 } },
      { file: 2, name: 'dinner.png', status: 'queued', receipt_id: receipt_ids[1] },
      {
        file: 3,
        name: 'nothing.jpg',
        status: 'refused',
        error: { code: 'image_unreadable', hint: expect.any(String) },
      },
    ]);
  });

  it('[H1] one GIF among 50 photographs costs the others nothing', async () => {
    const files = Array.from({ length: 50 }, (_, n): Part => ['files', n === 17 ? blob(GIF) : photo(), `${n}.jpg`]);
    const response = await send('/receipts/bulk', formOf(...files));
    const { queued, results } = (await response.json()) as BulkAnswer;
    expect([response.status, queued]).toEqual([207, 49]);
    expect(results.filter(({ status }) => status === 'refused')).toMatchObject([{ file: 17, name: '17.jpg' }]);
    expect(await readdir(path.join(http.current.imageDir, '.incoming'))).toEqual([]);
  });

  it('refuses the form when none of its files is taken, and names each', async () => {
    const form = formOf(['files', blob('hello')], ['files', blob(receiptPhoto.subarray(0, 90_000))]);
    const before = await http.current.traces();
    const problem = await problemOf(await send('/receipts/bulk', form));
    expect(problem).toMatchObject({ status: 415, code: 'unsupported_image' });
    expect(problem.detail).toContain('None of 2 files was added.');
    expect(problem.errors).toMatchObject([
      { pointer: '/files/0', code: 'unsupported_image' },
      { pointer: '/files/1', code: 'image_unreadable' },
    ]);
    expect(await http.current.traces()).toEqual(before);
  });

  it('names a file of more than 20 MB, and takes the others', async () => {
    const large = blob(Buffer.alloc(21 * 1024 * 1024, receiptPhoto));
    const response = await send('/receipts/bulk', formOf(['files', large, 'large.jpg'], ['files', photo()]));
    expect(response.status).toBe(207);
    expect(((await response.json()) as BulkAnswer).results).toMatchObject([
      { name: 'large.jpg', error: { code: 'image_too_large' } },
      { status: 'queued' },
    ]);
  });

  it('wants files, and not too many', async () => {
    const none = { status: 422, code: 'invalid_argument', pointer: '/files' };
    await refused(http.current, () => send('/receipts/bulk', formOf(['purchase_date', '2026-01-19'])), none);
    const many = Array.from({ length: 51 }, (): Part => ['files', blob('x')]);
    await refused(http.current, () => send('/receipts/bulk', formOf(...many, ['purchase_date', '2026-01-19'])), none);
  });
});
