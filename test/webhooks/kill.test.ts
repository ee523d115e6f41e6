import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { useGate } from '../support/gate.ts';
import { startReceiver, status } from './support/receiver.ts';
import { createWebhookBench } from './support/webhook-bench.ts';

const bench = useGate();
const { create, tell, send, pass, one, finish } = createWebhookBench(bench);

it('[Q13] a message whose sender is killed (kill -9) in the middle of a try is sent again by another process', async () => {
  const receiver = await startReceiver(() => {});
  const { webhook_id } = await create({ url: receiver.url });
  await finish(1);
  await tell();
  const program = fileURLToPath(new URL('./support/doomed-sender.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', program], {
    env: { ...process.env, DATABASE_URL: bench.url },
    stdio: 'inherit',
  });
  const exited = once(child, 'exit');
  onTestFinished(() => void child.kill('SIGKILL'));
  await Promise.race([receiver.reached(1), exited]);
  expect(child.exitCode).toBeNull();
  child.kill('SIGKILL');
  await exited;
  expect(await one(webhook_id)).toMatchObject({ status: 'sending', tries: 1 });
  receiver.answers(status(200));
  await send();
  expect(receiver.got).toHaveLength(1);
  await pass('31 seconds');
  await send();
  expect(await one(webhook_id)).toMatchObject({ status: 'delivered', tries: 2 });
  expect(receiver.got.map(({ body }) => body)).toEqual(Array(2).fill(receiver.got[0]?.body));
  expect(receiver.got[1]?.headers['webhook-id']).toBe(receiver.got[0]?.headers['webhook-id']);
});
