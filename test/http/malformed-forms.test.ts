import { describe, expect, it } from 'vitest';
import { useHttpQueue } from './support/http-queue.ts';
import { receiptPhoto } from './support/images.ts';
import { problemIn, raw } from './support/raw.ts';

const http = useHttpQueue();

const FORM = 'Content-Type: multipart/form-data; boundary=x';
const DATE = '--x\r\nContent-Disposition: form-data; name="purchase_date"\r\n\r\n2026-01-19\r\n';
const END = '--x--\r\n';
const photo = receiptPhoto.toString('latin1');
const filePart = (headers = 'Content-Disposition: form-data; name="file"; filename="a.jpg"', content = photo) =>
  `--x\r\n${headers}\r\n\r\n${content}\r\n`;
const field = (name: string, value = '1') =>
  `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
const WHOLE = filePart() + DATE;

interface Malformed {
  readonly name: string;
  /** Header lines; a content-length is added where none is among them and the body is not chunked. */
  readonly headers?: readonly string[];
  readonly body: string;
  readonly code: string;
  /** The sender closes its side after the body: what was promised never comes. */
  readonly ends?: boolean;
}

const BODIES: readonly Malformed[] = [
  // The content type and its boundary.
  { name: 'no content type', headers: [], body: WHOLE + END, code: 'unsupported_media_type' },
  {
    name: 'no boundary',
    headers: ['Content-Type: multipart/form-data'],
    body: WHOLE + END,
    code: 'unsupported_media_type',
  },
  {
    name: 'an empty boundary',
    headers: ['Content-Type: multipart/form-data; boundary='],
    body: WHOLE + END,
    code: 'malformed_request',
  },
  {
    name: 'another boundary',
    headers: ['Content-Type: multipart/form-data; boundary=y'],
    body: WHOLE + END,
    code: 'malformed_request',
  },
  {
    name: 'another kind of multipart',
    headers: ['Content-Type: multipart/mixed; boundary=x'],
    body: WHOLE + END,
    code: 'unsupported_media_type',
  },
  {
    name: 'a boundary of 10,000 letters',
    headers: [`Content-Type: multipart/form-data; boundary=${'x'.repeat(10_000)}`],
    body: WHOLE + END,
    code: 'malformed_request',
  },
  {
    name: 'two content types',
    headers: [FORM, 'Content-Type: application/json'],
    body: WHOLE,
    code: 'malformed_request',
  },
  {
    name: 'a compressed body',
    headers: [FORM, 'Content-Encoding: gzip'],
    body: WHOLE + END,
    code: 'unsupported_media_type',
  },
  // Where it ends.
  { name: 'nothing', body: '', code: 'malformed_request' },
  { name: 'only a closing boundary', body: END, code: 'invalid_argument' },
  { name: 'only line ends', body: '\r\n\r\n\r\n\r\n', code: 'malformed_request' },
  { name: 'no closing boundary', body: WHOLE, code: 'malformed_request' },
  { name: 'half a closing boundary', body: `${WHOLE}--x-`, code: 'malformed_request' },
  { name: 'an end inside a part’s headers', body: '--x\r\nContent-Disposition: form-da', code: 'malformed_request' },
  { name: 'an end inside the image', body: filePart().slice(0, 9_000), code: 'malformed_request' },
  {
    name: 'a closing boundary inside the image',
    body: `${filePart().slice(0, 9_000)}\r\n${END}`,
    code: 'image_unreadable',
  },
  { name: 'parts after the closing boundary', body: `${DATE}${END}${filePart()}${END}`, code: 'invalid_argument' },
  { name: 'text before a boundary that never comes', body: 'x'.repeat(100_000), code: 'malformed_request' },
  // Lengths and chunks.
  {
    name: 'a length that is too short',
    headers: [FORM, 'Content-Length: 200'],
    body: WHOLE + END,
    code: 'malformed_request',
  },
  {
    name: 'a length that is too long',
    headers: [FORM, 'Content-Length: 999999'],
    body: WHOLE,
    ends: true,
    code: 'malformed_request',
  },
  {
    name: 'two lengths',
    headers: [FORM, 'Content-Length: 10', 'Content-Length: 20'],
    body: WHOLE + END,
    code: 'malformed_request',
  },
  { name: 'a length below zero', headers: [FORM, 'Content-Length: -1'], body: WHOLE + END, code: 'malformed_request' },
  { name: 'a length in words', headers: [FORM, 'Content-Length: many'], body: WHOLE + END, code: 'malformed_request' },
  {
    name: 'a length and chunks',
    headers: [FORM, 'Content-Length: 10', 'Transfer-Encoding: chunked'],
    body: WHOLE + END,
    code: 'malformed_request',
  },
  {
    name: 'a chunk whose length is no number',
    headers: [FORM, 'Transfer-Encoding: chunked'],
    body: 'zz\r\n--x\r\n',
    code: 'malformed_request',
  },
  {
    name: 'a chunk longer than said',
    headers: [FORM, 'Transfer-Encoding: chunked'],
    body: `3\r\n${WHOLE}`,
    code: 'malformed_request',
  },
  {
    name: 'an unknown transfer encoding',
    headers: [FORM, 'Transfer-Encoding: sloppy'],
    body: WHOLE + END,
    code: 'malformed_request',
  },
  // The headers of a part.
  { name: 'a part without headers', body: `--x\r\n\r\n${photo}\r\n${DATE}${END}`, code: 'malformed_request' },
  {
    name: 'a part without a disposition',
    body: filePart('Content-Type: image/jpeg') + DATE + END,
    code: 'malformed_request',
  },
  {
    name: 'a part without a name',
    body: filePart('Content-Disposition: form-data; filename="a.jpg"') + DATE + END,
    code: 'unknown_argument',
  },
  {
    name: 'a part with an empty name',
    body: filePart('Content-Disposition: form-data; name=""; filename="a.jpg"') + DATE + END,
    code: 'unknown_argument',
  },
  {
    name: 'a disposition that is none of a form',
    body: filePart('Content-Disposition: attachment; name="file"') + DATE + END,
    code: 'malformed_request',
  },
  {
    name: 'two dispositions',
    body:
      filePart(
        'Content-Disposition: form-data; name="a"; filename="a"\r\nContent-Disposition: form-data; name="file"',
      ) +
      DATE +
      END,
    code: 'unknown_argument',
  },
  {
    name: 'a header of 100 KB',
    body: filePart(`Content-Disposition: form-data; filename="${'a'.repeat(100_000)}"; name="file"`) + DATE + END,
    code: 'unknown_argument',
  },
  {
    name: '10,000 headers',
    body: filePart(Array.from({ length: 10_000 }, (_, n) => `X-${n}: 1`).join('\r\n')) + DATE + END,
    code: 'malformed_request',
  },
  {
    name: 'headers that end their lines with LF only',
    body: (DATE + END).replaceAll('\r\n', '\n'),
    code: 'malformed_request',
  },
  { name: 'NUL in a name', body: WHOLE + field('a\0b') + END, code: 'unknown_argument' },
  {
    name: 'nothing but marks that are not seen in a name',
    body: WHOLE + field('\xe2\x80\xae') + END,
    code: 'unknown_argument',
  },
  { name: 'a name of a prototype', body: WHOLE + field('__proto__') + END, code: 'unknown_argument' },
  { name: 'names nested in brackets', body: WHOLE + field(`a${'[b]'.repeat(300)}`) + END, code: 'unknown_argument' },
  { name: 'a name of another case', body: WHOLE + field('USER_ID') + END, code: 'unknown_argument' },
  {
    name: 'a form inside the form',
    body: `--x\r\nContent-Disposition: form-data; name="file"\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n--y\r\nContent-Disposition: file; filename="a.jpg"\r\n\r\n${photo}\r\n--y--\r\n${DATE}${END}`,
    code: 'unsupported_image',
  },
  // How many there are.
  { name: 'the file twice', body: filePart() + WHOLE + END, code: 'invalid_argument' },
  { name: 'a field twice', body: WHOLE + DATE + END, code: 'invalid_argument' },
  { name: '100,000 parts', body: `${field('a').repeat(100_000)}${END}`, code: 'invalid_argument' },
  {
    name: '100,000 parts of the same file',
    body: `${filePart(undefined, '').repeat(100_000)}${END}`,
    code: 'invalid_argument',
  },
  {
    name: 'a field of a megabyte',
    body: WHOLE + field('user_id', '1'.repeat(1024 * 1024)) + END,
    code: 'invalid_argument',
  },
];

/** What may stand before a part's content and makes it neither a field nor a file. */
const NO_PART_OF_A_FORM = {
  'no headers': '',
  'no disposition': 'Content-Type: image/jpeg\r\n',
  'a disposition that is none of a form': 'Content-Disposition: attachment; name="purchase_date"\r\n',
  'a line break in its name': 'Content-Disposition: form-data; name="purchase\rdate"\r\n',
};
const STRAY_BYTES = [0, 1, 10_000, 20_000, 70_000, 200_000];

const STRAYS: readonly Malformed[] = Object.entries(NO_PART_OF_A_FORM).flatMap(([what, headers]) =>
  STRAY_BYTES.flatMap((bytes) => {
    const stray = `--x\r\n${headers}\r\n${'1'.repeat(bytes)}\r\n`;
    return [
      {
        name: `${bytes} bytes with ${what} before the rest`,
        body: `${stray}${WHOLE}${END}`,
        code: 'malformed_request',
      },
      { name: `${bytes} bytes with ${what} at the end`, body: `${WHOLE}${stray}${END}`, code: 'malformed_request' },
    ];
  }),
);

const STATUS: Readonly<Record<string, number>> = {
  malformed_request: 400,
  unsupported_media_type: 415,
  unsupported_image: 415,
  invalid_argument: 422,
  image_unreadable: 422,
  unknown_argument: 422,
};

function send({ headers = [FORM], body, ends = false }: Malformed): Promise<string> {
  const bytes = Buffer.from(body, 'latin1');
  const framed = headers.some((line) => /^(content-length|transfer-encoding):/i.test(line));
  const lines = [...headers, ...(framed ? [] : [`Content-Length: ${bytes.length}`])].map((line) => `${line}\r\n`);
  const head = `POST /receipts HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${lines.join('')}\r\n`;
  return raw(http.current.port, head, bytes, ...(ends ? [null] : []));
}

describe('a malformed form', () => {
  it('comes in at least forty ways', () => {
    expect(new Set(BODIES.map(({ name }) => name)).size).toBeGreaterThanOrEqual(40);
  });

  it.each([...BODIES, ...STRAYS])('with $name is refused, and leaves nothing', async (malformed) => {
    const before = await http.current.traces();
    const { code } = malformed;
    const want = { status: STATUS[code], type: 'application/problem+json', code };
    expect(problemIn(await send(malformed))).toEqual(want);
    await expect.poll(() => http.current.traces()).toEqual(before);
    expect((await http.current.fetch('/livez')).status).toBe(200);
  });

  it('is told from one that is in order: trailers, an odd file name, a preamble, 100-continue', async () => {
    const chunk = (text: string) => `${Buffer.byteLength(text, 'latin1').toString(16)}\r\n${text}\r\n`;
    const inOrder: Malformed[] = [
      {
        name: 'chunks and trailers',
        headers: [FORM, 'Transfer-Encoding: chunked'],
        body: `${chunk(WHOLE + END)}0\r\nX-Sum: 1\r\n\r\n`,
        code: '',
      },
      { name: 'no file name', body: filePart('Content-Disposition: form-data; name="file"') + DATE + END, code: '' },
      {
        name: 'a file name of 100 KB',
        body: filePart(`Content-Disposition: form-data; name="file"; filename="${'a'.repeat(100_000)}"`) + DATE + END,
        code: '',
      },
      { name: 'a preamble and an epilogue', body: `to be ignored\r\n${WHOLE}${END}to be ignored`, code: '' },
      { name: 'a wait for 100', headers: [FORM, 'Expect: 100-continue'], body: WHOLE + END, code: '' },
    ];
    for (const form of inOrder)
      expect([form.name, await send(form)]).toEqual([form.name, expect.stringMatching(/^HTTP\/1.1 (100|20[01]) /)]);
  });
});
