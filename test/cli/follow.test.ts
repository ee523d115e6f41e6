import { spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect as connectSocket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXIT } from '../../src/contract/exit-codes.ts';
import { aFinishedJob, aJob } from '../mcp/support/fake-queue.ts';
import { type QueueServer, serveQueueOnSocket } from '../mcp/support/queue-server.ts';
import { BUILT_MAIN } from '../support/run-built.ts';
import { NOWHERE, runCli } from './run-cli.ts';

let queue: QueueServer;
beforeEach(async () => {
  queue = await serveQueueOnSocket();
});
afterEach(() => queue.close());

/** Something between a client and the queue that cuts or answers the first calls itself, as proxies do. */
async function proxyThat(spoils: readonly ('cut' | number)[]): Promise<{ url: string; server: Server }> {
  const left = [...spoils];
  const { hostname, port } = new URL(queue.url);
  const server = createServer();
  server.on('request', (request, response) => {
    const spoil = left.shift();
    if (spoil === 'cut') return void request.socket.destroy();
    if (spoil !== undefined)
      return void response.writeHead(spoil, { 'content-type': 'text/html' }).end('<h1>Bad gateway</h1>');
    const onward = connectSocket(Number(port), hostname, () => {
      onward.write(
        `${request.method} ${request.url} HTTP/1.1\r\nhost: queue\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${request.headers['content-length'] ?? 0}\r\n\r\n`,
      );
      request.pipe(onward, { end: false });
    });
    let answer = '';
    onward.on('data', (chunk) => {
      answer += chunk;
    });
    onward.on('close', () => {
      const [head = '', ...body] = answer.split('\r\n\r\n');
      const text = body.join('\r\n\r\n').replace(/^[0-9a-f]+\r\n([\s\S]*)\r\n0\r\n\r\n$/, '$1');
      response.writeHead(Number(head.split(' ')[1]), { 'content-type': 'application/json' }).end(text);
    });
    return undefined;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

describe('following a job', () => {
  it.each([[['cut']], [[502]], [[503]], [[504]], [['cut', 504, 'cut']]] as const)(
    '[I8] goes on after %j, says so once, and exits 0 when the job finished',
    async (spoils) => {
      queue.put(aFinishedJob('Shop', ['Milk']));
      const { url, server } = await proxyThat(spoils);
      const run = await runCli(['job', 'watch', 'ocr-17', '--url', url]);
      server.close();
      expect(run).toMatchObject({ exitCode: EXIT.ok, stdout: expect.stringContaining('merchant: Shop') });
      expect(run.stderr.match(/The connection to the queue was lost; asking again/g)).toHaveLength(1);
    },
  );

  it.each([
    ['finished', EXIT.ok],
    ['failed', EXIT.other],
    ['canceled', EXIT.other],
    ['queued', EXIT.unavailable],
  ] as const)('exits by how it ended: %s → %i', async (status, exitCode) => {
    const ended =
      status === 'finished'
        ? aFinishedJob('Shop', [])
        : aJob({ status, phase: status === 'queued' ? 'admission' : null });
    queue.put(ended);
    const watch = await runCli(['job', 'watch', 'ocr-17', '--url', queue.url, '--timeout', '1']);
    expect(watch.exitCode).toBe(exitCode);
    const wait = await runCli(['job', 'enqueue', '17', '--wait', '--timeout', '1', '--url', queue.url]);
    expect(wait.exitCode).toBe(exitCode);
    if (status === 'queued')
      expect(watch.stderr).toContain(
        `ocr-17 is still queued after 1 s. Go on with: pantry-queue job watch ocr-17 --url ${queue.url}`,
      );
  });

  it('ends at Ctrl-C, and says that the job goes on and how to follow it again', async () => {
    queue.put(aJob());
    const child = spawn(process.execPath, [BUILT_MAIN, 'job', 'watch', 'ocr-17', '--url', queue.url], {
      env: { PATH: process.env.PATH ?? '', ...NOWHERE },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stderr = '';
    const exited = new Promise((resolve) => child.once('close', resolve));
    child.stderr.on('data', (chunk) => {
      // It has asked once, so it is watching.
      if (stderr === '') child.kill('SIGINT');
      stderr += chunk;
    });
    expect(await exited).toBe(EXIT.interrupted);
    expect(stderr).toContain(
      `Stopped watching; ocr-17 is not affected. Go on with: pantry-queue job watch ocr-17 --url ${queue.url}`,
    );
  });
});
