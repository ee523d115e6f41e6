import { afterAll, beforeAll, expect, it } from 'vitest';
import { useHttpQueue } from './support/http-queue.ts';
import { problemIn, raw } from './support/raw.ts';

const http = useHttpQueue();

/** What a parser's listener throws reaches nobody: in a program of its own it ends the server. */
const ends: unknown[] = [];
const note = (error: unknown) => ends.push(error);
beforeAll(() => void process.on('uncaughtException', note));
afterAll(() => void process.off('uncaughtException', note));

/** Ways to write the name of a part that leave it without one, or with one that no form has. */
const NAMES = [
  ...[
    '',
    '; name',
    '; name=',
    '; name=""',
    '; name="',
    '; NAME',
    '; name*',
    '; name*=',
    "; name*=utf-8''",
    "; name*='",
  ],
  ...["; name*=bogus''%ff", "; name*=utf-8''a%00b", '; name=a; name', ';;;', '; =a', '; x="name=file"', '; name=\\"'],
];
const CONTENT_TYPES = [
  '',
  ';',
  ';;;',
  'text/plain; charset',
  'text/plain; charset=',
  'text/plain; charset*',
  'x/y; charset=utf-16',
];
const FILE_NAMES = ['', '; filename', '; filename="a.jpg"'];

function send(name: string, type: string, value: string): Promise<string> {
  const headers = `Content-Disposition: form-data${name}${type === '' ? '' : `\r\nContent-Type: ${type}`}`;
  const body = `${`--x\r\n${headers}\r\n\r\n${value}\r\n`.repeat(2)}--x--\r\n`;
  const head = [
    ...['POST /receipts HTTP/1.1', 'Host: localhost', 'Connection: close'],
    ...['Content-Type: multipart/form-data; boundary=x', `Content-Length: ${body.length}`, '', ''],
  ];
  return raw(http.current.port, head.join('\r\n'), Buffer.from(body, 'latin1'));
}

it.each(NAMES)(
  '[I11] a form whose parts are named %j twice is refused, whatever else is said of them',
  async (name) => {
    const before = await http.current.traces();
    for (const type of CONTENT_TYPES) {
      for (const fileName of FILE_NAMES) {
        for (const value of ['\xe9', '1'.repeat(3_000)]) {
          const { status, code } = problemIn(await send(name + fileName, type, value));
          expect({ type, fileName, status, code }).toEqual({
            type,
            fileName,
            status: expect.toBeOneOf([400, 422]),
            code: expect.toBeOneOf(['malformed_request', 'unknown_argument', 'invalid_argument']),
          });
        }
      }
    }
    await expect.poll(() => http.current.traces()).toEqual(before);
    expect(ends).toEqual([]);
  },
);
