import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { useHttpQueue } from '../http/support/http-queue.ts';
import { picture } from '../http/support/images.ts';
import { addReceipts } from '../support/db.ts';
import { BUILT_MAIN } from '../support/run-built.ts';
import { modernRequest, TASKS } from './support/modern-wire.ts';
import { usePhotoFolders } from './support/photo-folders.ts';

const http = useHttpQueue();
const photos = usePhotoFolders(http);

type Reply = { id: number; result: Record<string, unknown>; error: { code: number; data: unknown } };

/** A relay as a host starts it; each request is answered by the line that has its id. */
function startRelay(url: string, ...flags: string[]) {
  const child = spawn(process.execPath, [BUILT_MAIN, 'mcp', '--url', url, ...flags], {
    env: { PATH: process.env.PATH ?? '' },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const waiting = new Map<number, (reply: Reply) => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const reply = JSON.parse(line) as Reply;
    waiting.get(reply.id)?.(reply);
  });
  let last = 0;
  return {
    ask(method: string, params: Record<string, unknown>, capabilities: object = TASKS): Promise<Reply> {
      const id = ++last;
      const answered = new Promise<Reply>((resolve) => waiting.set(id, resolve));
      child.stdin.write(`${JSON.stringify({ ...modernRequest(method, params, capabilities), id })}\n`);
      return answered;
    },
    async close() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.stdin.end();
      await ended;
    },
  };
}

const relays: ReturnType<typeof startRelay>[] = [];
beforeAll(() => {
  relays.push(startRelay(http.current.url), startRelay(http.current.url));
});
afterAll(() => Promise.all(relays.map((relay) => relay.close())));

it('[M3] a task that one relay gave is followed and canceled by another, which opens no database', async () => {
  const [one, another] = relays;
  if (!one || !another) throw new Error('no relay runs');
  const [receipt_id] = await addReceipts(http.current.db, 1);
  const call = { name: 'enqueue_ocr', arguments: { receipt_id } };
  const { result: task } = await one.ask('tools/call', call);
  expect(task).toMatchObject({ resultType: 'task', status: 'working', ttlMs: null });
  const { taskId } = task;
  expect((await another.ask('tasks/get', { taskId })).result).toMatchObject({ taskId, status: 'working' });
  expect((await another.ask('tasks/get', { taskId }, {})).error).toMatchObject({
    code: -32021,
    data: { requiredCapabilities: TASKS },
  });
  expect((await another.ask('tasks/cancel', { taskId })).result).toMatchObject({ resultType: 'complete' });
  expect((await one.ask('tasks/get', { taskId })).result).toMatchObject({ taskId, status: 'cancelled' });
  expect((await one.ask('tasks/get', { taskId: 't1.e30.x' })).error).toMatchObject({ code: -32602 });
  expect((await one.ask('tools/call', call, {})).result).toMatchObject({ resultType: 'complete' });
});

it('[M3] photos that a relay adds are followed as a task, unless one of them is refused', async () => {
  const relay = startRelay(http.current.url, '--allow', photos.folder);
  const add = async (...paths: string[]) => {
    const call = { name: 'add_receipts', arguments: { paths } };
    return (await relay.ask('tools/call', call)).result;
  };
  const [one, two] = [photos.put('one.jpg'), photos.put('two.jpg', await picture('png'))];
  const task = await add(one, two);
  expect(task).toMatchObject({ resultType: 'task', status: 'working', statusMessage: expect.stringMatching(/0 of 2/) });
  expect((await relay.ask('tasks/get', { taskId: task.taskId })).result).toMatchObject({ status: 'working' });
  const broken = photos.put('broken.jpg', Buffer.from('no photo'));
  expect(await add(one, broken)).toMatchObject({
    resultType: 'complete',
    structuredContent: { batch_id: expect.any(String), refused: [{ n: 1 }] },
  });
  await relay.close();
});
