import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { useHttpQueue } from './support/http-queue.ts';
import { picture, receiptPhoto } from './support/images.ts';
import { refused } from './support/problem.ts';
import { blob, formOf, type Part, photo } from './support/upload-form.ts';

const http = useHttpQueue();

const send = (address: string, body: FormData) => http.current.fetch(address, { method: 'POST', body });

/** Who said which field of a receipt. */
async function setBy(id: number): Promise<unknown> {
  const sql = 'select set_by from pantry_queue.receipt_state where receipt_id = $1';
  return (await http.current.db.query(sql, [id]))[0]?.set_by;
}

describe('POST /receipts', () => {
  it('stores the image, makes the receipt and queues its job', async () => {
    const response = await send(
      '/receipts',
      formOf(['file', blob(receiptPhoto)], ['purchase_date', '2026-01-19'], ['user_id', '7']),
    );
    expect(response.status).toBe(201);
    const receipt = (await response.json()) as { id: number; image_path: string };
    expect(response.headers.get('location')).toBe(`/receipts/${receipt.id}`);
    expect(receipt).toMatchObject({
      user_id: 7,
      image_path: expect.stringMatching(/^minio:\/\/receipts\/[0-9a-f]{2}\/[0-9a-f]{64}\.jpg$/),
      purchase_date: '2026-01-19',
      status: 'uploaded',
      ocr_status: 'pending',
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.+Z$/),
      job_id: `ocr-${receipt.id}`,
      job: { status: 'queued', phase: 'admission' },
    });
    const image = await http.current.fetch(`/receipts/${receipt.id}/image`);
    expect(Buffer.from(await image.arrayBuffer())).toEqual(receiptPhoto);
    expect(Object.fromEntries(image.headers)).toMatchObject({
      'content-type': 'image/jpeg',
      'content-length': String(receiptPhoto.length),
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'cross-origin-resource-policy': 'same-origin',
    });
    expect(await readdir(path.join(http.current.imageDir, '.incoming'))).toEqual([]);
  });

  it('takes the fields in any order, the default user, and PNG and WebP', async () => {
    for (const [format, type] of [['png', 'image/png'] as const, ['webp', 'image/webp'] as const]) {
      const form = formOf(['purchase_date', '2026-01-19'], ['file', blob(await picture(format)), '../../etc/passwd']);
      const response = await send('/receipts', form);
      expect(response.status).toBe(201);
      const { id, user_id } = (await response.json()) as { id: number; user_id: number };
      expect(user_id).toBe(1);
      const image = await http.current.fetch(`/receipts/${id}/image`, { method: 'HEAD' });
      expect(image.headers.get('content-type')).toBe(type);
    }
  });

  it.each([undefined, ''])('[H1] takes an upload whose day nobody knows: purchase_date %j', async (value) => {
    const day: Part[] = value === undefined ? [] : [['purchase_date', value]];
    const response = await send('/receipts', formOf(['file', photo()], ...day));
    expect(response.status).toBe(201);
    const { id, purchase_date } = (await response.json()) as { id: number; purchase_date: unknown };
    expect(purchase_date).toBeNull();
    expect(await setBy(id)).toEqual({});
  });

  it('[I17] keeps a given day as the uploader’s word', async () => {
    const response = await send('/receipts', formOf(['file', photo()], ['purchase_date', '2026-01-19']));
    const { id } = (await response.json()) as { id: number };
    expect(await setBy(id)).toEqual({ purchase_date: { by: 'uploader' } });
  });

  it('makes a receipt of its own for each upload of the same image where that is allowed, and stores it once', async () => {
    const same = photo();
    const form = () => formOf(['file', same], ['purchase_date', '2026-01-19'], ['allow_duplicate', 'true']);
    const [first, second] = await Promise.all([send('/receipts', form()), send('/receipts', form())]);
    const [a, b] = [await first?.json(), await second?.json()] as { id: number; image_path: string }[];
    expect(a?.id).not.toBe(b?.id);
    expect(a?.image_path).toBe(b?.image_path);
  });
});

describe('a file that is refused', () => {
  const date: Part = ['purchase_date', '2026-01-19'];
  const cases: [string, () => Part[], { status: number; code: string; pointer?: string; words?: string }][] = [
    ['no file', () => [date], { status: 422, code: 'invalid_argument', pointer: '/file' }],
    ['an empty file', () => [['file', blob('')], date], { status: 422, code: 'image_unreadable', pointer: '/file' }],
    [
      'two files',
      () => [['file', photo()], ['file', photo()], date],
      { status: 422, code: 'invalid_argument', pointer: '/file', words: 'exactly one' },
    ],
    [
      'a PDF that ends early',
      () => [['file', blob('%PDF-1.7\n%âãÏÓ\n1 0 obj')], date],
      { status: 422, code: 'image_unreadable', words: 'ends' },
    ],
    [
      'an SVG',
      () => [['file', blob('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'a.jpg'], date],
      { status: 415, code: 'unsupported_image' },
    ],
    ['a text', () => [['file', blob('hello'), 'a.jpg'], date], { status: 415, code: 'unsupported_image' }],
    [
      'a truncated JPEG',
      () => [['file', blob(receiptPhoto.subarray(0, receiptPhoto.length / 2))], date],
      { status: 422, code: 'image_unreadable', pointer: '/file' },
    ],
    [
      'a file in another field',
      () => [['image', photo()], date],
      { status: 422, code: 'unknown_argument', pointer: '/image' },
    ],
    ['a text in the place of the file', () => [['file', 'hello'], date], { status: 415, code: 'unsupported_image' }],
  ];
  it.each(cases)('%s', (_name, parts, want) =>
    refused(http.current, () => send('/receipts', formOf(...parts())), want),
  );

  it('more than 20 MB, as soon as it is too much', () =>
    refused(
      http.current,
      () => send('/receipts', formOf(['file', blob(Buffer.alloc(20 * 1024 * 1024 + 1, receiptPhoto))], date)),
      {
        status: 413,
        code: 'image_too_large',
        pointer: '/file',
      },
    ));
});

describe('a field that is refused', () => {
  const far = `${new Date().getUTCFullYear() + 1}-01-31`;
  it.each([
    ['2026-13-01', 'YYYY-MM-DD'],
    ['2026-02-30', 'YYYY-MM-DD'],
    ['01/19/2026', 'YYYY-MM-DD'],
    ['2026-1-9', 'YYYY-MM-DD'],
    ['20260119', 'YYYY-MM-DD'],
    ['2026-01-19T00:00:00Z', 'YYYY-MM-DD'],
    ['yesterday', 'YYYY-MM-DD'],
    ['0001-01-01', '1970-01-01'],
    ['9999-12-31', 'future'],
    [far, 'future'],
  ])('purchase_date %j', (value, words) => {
    const parts: Part[] = [
      ['file', photo()],
      ['purchase_date', value],
    ];
    const want = { status: 422, code: 'invalid_argument', pointer: '/purchase_date', words };
    return refused(http.current, () => send('/receipts', formOf(...parts)), want);
  });

  it.each(['0', '-1', '1.5', '1 OR 1=1', '2147483648', ''])('user_id %j', (value) =>
    refused(
      http.current,
      () =>
        send('/receipts', formOf(['file', blob(receiptPhoto)], ['purchase_date', '2026-01-19'], ['user_id', value])),
      {
        status: 422,
        code: 'invalid_argument',
        pointer: '/user_id',
      },
    ),
  );

  it('one that does not exist, one given twice, one that is too long', async () => {
    const whole: Part[] = [
      ['file', photo()],
      ['purchase_date', '2026-01-19'],
    ];
    await refused(http.current, () => send('/receipts', formOf(...whole, ['status', 'completed'])), {
      status: 422,
      code: 'unknown_argument',
      pointer: '/status',
    });
    await refused(http.current, () => send('/receipts', formOf(...whole, ['purchase_date', '2026-01-20'])), {
      status: 422,
      code: 'invalid_argument',
      pointer: '/purchase_date',
    });
    await refused(http.current, () => send('/receipts', formOf(...whole, ['user_id', '1'.repeat(2_000)])), {
      status: 422,
      code: 'invalid_argument',
      pointer: '/user_id',
    });
    const many = Array.from({ length: 30 }, (_, index): Part => [`field${index}`, 'x']);
    await refused(http.current, () => send('/receipts', formOf(...whole, ...many)), {
      status: 422,
      code: 'invalid_argument',
    });
  });
});

describe('a body that is no usable form', () => {
  const post = (body: string, type: string) =>
    http.current.fetch('/receipts', { method: 'POST', body, headers: { 'content-type': type } });

  it.each([
    ['{}', 'application/json', 415, 'unsupported_media_type'],
    ['file=x', 'application/x-www-form-urlencoded', 415, 'unsupported_media_type'],
    ['x', 'multipart/form-data', 415, 'unsupported_media_type'],
    ['x', 'multipart/form-data; charset=utf-8', 400, 'malformed_request'],
    ['', 'multipart/form-data; boundary=x', 400, 'malformed_request'],
    ['nonsense', 'multipart/form-data; boundary=x', 400, 'malformed_request'],
    ['--x\r\n', 'multipart/form-data; boundary=x', 400, 'malformed_request'],
    [
      '--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nhalf',
      'multipart/form-data; boundary=x',
      400,
      'malformed_request',
    ],
    [
      '--x\r\nContent-Disposition: form-data; name="purchase_date"\r\n\r\n2026',
      'multipart/form-data; boundary=x',
      400,
      'malformed_request',
    ],
  ])('%j as %s', (body, type, status, code) => refused(http.current, () => post(body, type), { status, code }));

  it('a connection that ends in the middle leaves nothing behind, and the server goes on', async () => {
    const before = await http.current.traces();
    await new Promise<void>((resolve) => {
      const socket = connect(http.current.port, '127.0.0.1', () => {
        socket.write(
          'POST /receipts HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=x\r\n' +
            'Content-Length: 100000\r\n\r\n--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nhalf',
          () => socket.destroy(),
        );
      });
      socket.once('close', () => resolve());
    });
    await expect.poll(() => http.current.traces()).toEqual(before);
    expect((await http.current.fetch('/livez')).status).toBe(200);
  });
});
