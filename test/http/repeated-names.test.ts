import { expect, it } from 'vitest';
import { useHttpQueue } from './support/http-queue.ts';
import { refused } from './support/problem.ts';

const http = useHttpQueue();

const send = (path: string, body: string) =>
  http.current.fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    body,
  });

/** Parsers take the last of the two in silence. */
const TWICE = [
  ['receipt_id', '"receipt_id":1,"receipt_id":2'],
  ['receipt_id', '"receipt_id":1,"receipt\\u005fid":1'],
  ['force', '"receipt_id":1,"force":false,"force":true'],
  ['a', '"receipt_id":1,"user_id":{"a":1,"b":[{"a":1}],"a":2}'],
] as const;

it.each(TWICE)('[I17] %s is not guessed where it stands twice in one object of a body', async (name, fields) => {
  await refused(http.current, () => send('/jobs', `{${fields}}`), {
    status: 422,
    code: 'invalid_argument',
    words: `${name} is given more than once.`,
  });
});

it.each(TWICE)('[I17] %s is not guessed where it stands twice in a message of MCP', async (name, fields) => {
  const before = await http.current.traces();
  const call = `"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"enqueue_ocr","arguments":{${fields}}}`;
  const answer = await send('/mcp', `{${call}}`);
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({
    error: { code: -32_600, message: `"${name}" is given more than once in one object.` },
  });
  expect(await http.current.traces()).toEqual(before);
});
