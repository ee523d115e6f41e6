import { type AddressInfo, connect, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { EXIT } from '../../src/contract/exit-codes.ts';
import { useHttpQueue } from '../http/support/http-queue.ts';
import { runCli } from './run-cli.ts';

const http = useHttpQueue();
const photoOf = (name: string) => fileURLToPath(new URL(`../../assets/receipts/${name}`, import.meta.url));
const photo = photoOf('contoso-receipt-2.jpg');

/** A line to the queue that is cut, the first times, at the first byte of an answer: all that was asked has been done. */
async function lineThatLoses(answers: number): Promise<{ url: string; lost: () => number }> {
  let lost = 0;
  const server = createServer((inside) => {
    const outside = connect(http.current.port, '127.0.0.1');
    inside.pipe(outside);
    outside.on('data', (chunk) => {
      const isAnswer = !chunk.toString('latin1').startsWith('HTTP/1.1 100');
      if (!isAnswer || lost >= answers) return inside.write(chunk);
      lost++;
      return inside.destroy();
    });
    for (const [socket, other] of [
      [inside, outside],
      [outside, inside],
    ] as const) {
      socket.on('error', () => undefined);
      socket.on('close', () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, lost: () => lost };
}

async function receiptsAndJobs(): Promise<{ receipts: number; jobs: number }> {
  const [row] = await http.current.db.query<{ receipts: number; jobs: number }>(
    `select (select count(*)::int from public.receipts) as receipts, (select count(*)::int from pantry_queue.jobs) as jobs`,
  );
  return row ?? { receipts: 0, jobs: 0 };
}

it('[H1] the CLI sends an upload again whose answer was lost, and it becomes one receipt and one job', async () => {
  const before = await receiptsAndJobs();
  const { url, lost } = await lineThatLoses(1);
  const run = await runCli(['receipt', 'add', photo, '--url', url]);
  expect(run).toMatchObject({
    exitCode: EXIT.ok,
    stdout: expect.stringMatching(/^receipt (\d+): .+\n {2}ocr-\1: queued/),
    stderr: '',
  });
  expect(lost()).toBe(1);
  expect(await receiptsAndJobs()).toEqual({ receipts: before.receipts + 1, jobs: before.jobs + 1 });
});

it('[H1] the CLI says that the queue is unreachable when the second answer is lost too, and names what it did not send', async () => {
  const before = await receiptsAndJobs();
  const { url, lost } = await lineThatLoses(100);
  const [lostTwice, unsent] = [photoOf('aldi_02032020_19_02423.jpg'), photoOf('lidl_30042020_08_01958.jpg')];
  const run = await runCli(['receipt', 'add', lostTwice, unsent, '--url', url]);
  expect(run).toMatchObject({ exitCode: EXIT.unavailable, stdout: '' });
  expect(run.stderr).toContain('cannot be reached');
  expect(run.stderr).toContain(`Not sent: ${unsent}`);
  expect(lost()).toBe(2);
  expect(await receiptsAndJobs()).toEqual({ receipts: before.receipts + 1, jobs: before.jobs + 1 });
});
