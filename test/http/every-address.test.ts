import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { textKindOf } from '../../src/contract/from-text.ts';
import { type Operation, takesBody } from '../../src/contract/operation.ts';
import { operations } from '../../src/contract/operations.ts';
import { FIELD_EXAMPLES } from '../../src/http/openapi/field-examples.ts';
import { servedRoutes } from './support/addresses.ts';
import { useHttpQueue } from './support/http-queue.ts';
import { problemOf } from './support/problem.ts';

const http = useHttpQueue();
let before: unknown;
beforeEach(async () => {
  before = await http.current.everything();
});
afterEach(async () => {
  expect(await http.current.everything()).toEqual(before);
});

async function refused(answer: Response, want: { status: number; code: string; pointer?: string }): Promise<void> {
  const problem = await problemOf(answer);
  const pointers = want.pointer === undefined ? undefined : problem.errors?.map(({ pointer }) => pointer);
  expect({ status: problem.status, code: problem.code, pointers }).toEqual({
    status: want.status,
    code: want.code,
    pointers: want.pointer === undefined ? undefined : [want.pointer],
  });
}
const rows = Object.values<Operation>(operations);

/** The address of a row, about what is not there. */
const addressOf = ({ http: [, path] }: Operation) => path.replace(/\{\w+\}/g, '2147483647');
const named = (chosen: readonly Operation[]) => chosen.map((row) => [row.http.join(' '), row] as const);

describe.each(named(rows.filter(({ http: [method] }) => takesBody(method))))('%s', (_address, row) => {
  const [method] = row.http;
  const send = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
    http.current.fetch(addressOf(row), { method, body, headers: { 'content-type': 'application/json', ...headers } });

  it('[H3] takes JSON by its type only, in UTF-8 and not compressed', async () => {
    const types = [
      ...['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/xml'],
      ...['application/json; charset=utf-16', 'application/json-patch+json', ''],
    ];
    const want = { status: 415, code: 'unsupported_media_type' };
    for (const type of types) await refused(await send(Buffer.from('{}'), { 'content-type': type }), want);
    await refused(await send('{}', { 'content-encoding': 'gzip' }), want);
  });

  it('[H3] refuses what is no JSON, no object or too large', async () => {
    const broken = ['{', 'nonsense', "{'a':1}", '{"a":01}', '\0', '{}{}', Buffer.from('{"a":"\xff"}', 'latin1')];
    for (const body of broken) {
      await refused(await send(body), { status: 400, code: 'malformed_request' });
    }
    for (const body of ['[]', '"text"', 'null', '17', 'true', '[{}]']) {
      await refused(await send(body), { status: 422, code: 'invalid_argument' });
    }
    const large = `{"a":"${'x'.repeat(row.maxBodyBytes ?? 16 * 1024)}"}`;
    await refused(await send(large), { status: 413, code: 'body_too_large' });
  });

  it('[H3] takes no argument in its address, and none there again that its path has', async () => {
    for (const [field] of Object.entries(row.input.shape)) {
      const inQuery = () => http.current.fetch(`${addressOf(row)}?${field}=1`, { method });
      await refused(await inQuery(), { status: 422, code: 'unknown_argument', pointer: `/${field}` });
      if (!row.http[1].includes(`{${field}}`)) continue;
      const twice = () => send(JSON.stringify({ [field]: FIELD_EXAMPLES[field] }));
      await refused(await twice(), { status: 422, code: 'invalid_argument', pointer: `/${field}` });
    }
  });
});

describe.each(named(rows.filter(({ http: [method] }) => !takesBody(method))))('%s', (_address, row) => {
  it('[H3] takes each argument once, but the entries of a list', async () => {
    for (const [field, schema] of Object.entries(row.input.shape)) {
      if (textKindOf(schema).startsWith('list')) continue;
      const isInPath = row.http[1].includes(`{${field}}`);
      const query = isInPath ? `${field}=1` : `${field}=1&${field}=1`;
      await refused(await http.current.fetch(`${addressOf(row)}?${query}`, { method: row.http[0] }), {
        status: 422,
        code: 'invalid_argument',
        pointer: `/${field}`,
      });
    }
  });
});

it('[H3] every address refuses the methods that it does not serve, and names those it does', async () => {
  const routes = await servedRoutes();
  for (const path of new Set(routes.map(([, each]) => each))) {
    const served = routes.filter(([, each]) => each === path).map(([method]) => method);
    const allowed = [...served, ...(served.includes('GET') ? ['HEAD'] : [])].sort();
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((each) => !served.includes(each))) {
      const address = path.replace(/\{\w+\}/g, '2147483647');
      const response = await http.current.fetch(address, { method });
      expect([address, method, (response.headers.get('allow') ?? '').split(', ').sort()]).toEqual([
        address,
        method,
        allowed,
      ]);
      expect(await problemOf(response)).toMatchObject({ status: 405, code: 'method_not_allowed' });
    }
  }
});
