import { expect, it } from 'vitest';
import { useHttpQueue } from './support/http-queue.ts';
import { problemIn, raw } from './support/raw.ts';

const http = useHttpQueue();

const send = (...lines: readonly string[]) => raw(http.current.port, `${[...lines, '', ''].join('\r\n')}`);

/** What the HTTP library would answer by itself, with an empty page or none. */
it.each([
  ['a request for a proxy', ['CONNECT evil.example:443 HTTP/1.1', 'Host: evil.example'], 405, 'method_not_allowed'],
  ['a request for a proxy of itself', ['CONNECT localhost HTTP/1.1', 'Host: localhost'], 405, 'method_not_allowed'],
  ['HTTP/1.0 without a host', ['GET /livez HTTP/1.0'], 400, 'malformed_request'],
  ['HTTP/1.1 without a host', ['GET /livez HTTP/1.1', 'Connection: close'], 400, 'malformed_request'],
  ['the first line of HTTP/2', ['PRI * HTTP/2.0', '', 'SM'], 400, 'malformed_request'],
  [
    'an address that is a star',
    ['OPTIONS * HTTP/1.1', 'Host: localhost', 'Connection: close'],
    400,
    'malformed_request',
  ],
  ['a header on two lines', ['GET /livez HTTP/1.1', 'Host: localhost', 'X-A: a', ' b'], 400, 'malformed_request'],
  ['a header without a colon', ['GET /livez HTTP/1.1', 'Host: localhost', 'garbage'], 400, 'malformed_request'],
] as const)('[I8] %s is answered with a problem document', async (_what, lines, status, code) => {
  expect(problemIn(await send(...lines))).toEqual({ status, type: 'application/problem+json', code });
});

it.each(['200-ok', '', '100-continue, 200-ok', 'x'])(
  '[I8] an expectation that nobody has heard of is passed over: %j',
  async (expectation) => {
    const answer = await send('GET /livez HTTP/1.1', 'Host: localhost', 'Connection: close', `Expect: ${expectation}`);
    expect(answer).toMatch(/^HTTP\/1\.1 (100 Continue\r\n\r\nHTTP\/1\.1 )?200 OK\r\n/);
  },
);
