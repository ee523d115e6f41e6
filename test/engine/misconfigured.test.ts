import { randomBytes } from 'node:crypto';
import { describe, inject, it, type TestContext } from 'vitest';
import type { WorkerSettings } from '../../src/compose.ts';
import { scriptedAgent } from '../support/agent.ts';
import { addReceipts } from '../support/db.ts';
import type { GrpcAnswer } from '../support/grpc.ts';
import { startGrpcProxy } from '../support/grpc-proxy.ts';
import { createInstallation } from '../support/installation.ts';
import { asOwner } from '../support/owner.ts';
import { ALL } from '../support/sample.ts';

/** A queue with a worker; what it stands on may be refused from the start. */
async function start(
  onTestFinished: TestContext['onTestFinished'],
  options: { address: string; settings?: Partial<WorkerSettings> },
) {
  const queue = await createInstallation({ engineAddress: options.address, settings: options.settings ?? {} });
  onTestFinished(() => queue.dispose());
  const agent = scriptedAgent((call) => call.reply());
  await queue.work(agent);
  return {
    queue,
    agent,
    async enqueue() {
      const [id = 0] = await addReceipts(queue.db, 1);
      return (await queue.queue.enqueueOcr({ receipt_id: id }, asOwner)).job_id;
    },
    async problem() {
      const { parts, problems } = await queue.queue.queueInfo({}, asOwner);
      return { engine: parts.engine, since: parts.engine_since, ...problems.find(({ part }) => part === 'engine') };
    },
  };
}

const WHAT: Readonly<Record<string, { calls: RegExp; answer: GrpcAnswer; says: string }>> = {
  'the program has no rights': {
    calls: /./,
    answer: { status: 7, message: 'Request unauthorized.' },
    says: 'does not allow this program what it needs.',
  },
  'its credentials have run out': {
    calls: /./,
    answer: { status: 16, message: 'Jwt is expired' },
    says: 'does not accept the credentials of this program.',
  },
  'the namespace is gone': {
    calls: /^(?!GetSystemInfo$)/,
    answer: { status: 5, message: 'Namespace default is not found.' },
    says: 'has no namespace "default".',
  },
  'a search attribute is missing': {
    calls: /^StartWorkflowExecution$/,
    answer: { status: 3, message: 'Namespace default has no mapping defined for search attribute PantryTenant' },
    says: 'has no search attribute PantryTenant of type Keyword.',
  },
};
const cases = Object.entries(WHAT).map(([what, row]) => ({ what, ...row }));

describe.concurrent('[I8, I14] a Temporal that is set up differently', { timeout: 120_000 }, () => {
  it.for(cases)(
    'from the start, as $what, is named, and nothing is restarted or lost',
    async (row, { expect, onTestFinished }) => {
      const proxy = await startGrpcProxy(inject('temporalAddress'), (call) =>
        row.calls.test(call) ? row.answer : undefined,
      );
      onTestFinished(() => proxy.close());
      const { queue, agent, enqueue, problem } = await start(onTestFinished, { address: proxy.address });
      const job = await enqueue();
      await expect.poll(problem, { timeout: 30_000 }).toMatchObject({
        engine: 'misconfigured',
        code: 'engine_misconfigured',
        message: expect.stringContaining(row.says),
        since: expect.any(String),
      });
      proxy.fateOf = () => undefined;
      await queue.waitFor(job, (each) => each.status === 'finished');
      expect(agent.calls).toHaveLength(1);
    },
  );

  it.for(cases)(
    'while it runs, as $what, is named, and nothing is restarted or lost',
    async (row, { expect, onTestFinished }) => {
      const proxy = await startGrpcProxy(inject('temporalAddress'));
      onTestFinished(() => proxy.close());
      const { queue, agent, enqueue, problem } = await start(onTestFinished, { address: proxy.address });
      await queue.waitFor(await enqueue(), (each) => each.status === 'finished');
      proxy.fateOf = (call) => (row.calls.test(call) ? row.answer : undefined);
      proxy.cut();
      const job = await enqueue();
      await expect.poll(problem, { timeout: 30_000 }).toMatchObject({
        engine: 'misconfigured',
        message: expect.stringContaining(row.says),
      });
      proxy.fateOf = () => undefined;
      await queue.waitFor(job, (each) => each.status === 'finished');
      expect(agent.calls).toHaveLength(2);
    },
  );

  // The SDK gives refused polls up after a minute, and ends the worker: that long this takes.
  it.runIf(ALL)(
    'as one that refuses every poll for longer than the SDK is patient is named, and its workers recover by themselves',
    { timeout: 300_000 },
    async ({ expect, onTestFinished }) => {
      const proxy = await startGrpcProxy(inject('temporalAddress'));
      onTestFinished(() => proxy.close());
      const { queue, agent, enqueue, problem } = await start(onTestFinished, { address: proxy.address });
      await queue.waitFor(await enqueue(), (each) => each.status === 'finished');
      proxy.fateOf = (call) => (call.startsWith('Poll') ? { status: 7, message: 'Request unauthorized.' } : undefined);
      proxy.cut();
      const job = await enqueue();
      await expect.poll(problem, { timeout: 120_000 }).toMatchObject({
        engine: 'misconfigured',
        code: 'engine_misconfigured',
      });
      proxy.fateOf = () => undefined;
      await queue.waitFor(job, (each) => each.status === 'finished', 120_000);
      expect(agent.calls).toHaveLength(2);
      await expect.poll(problem, { timeout: 120_000 }).toMatchObject({ engine: 'ok' });
    },
  );

  it('as a namespace that does not exist is named until somebody creates it', async ({ expect, onTestFinished }) => {
    const address = inject('temporalAddress');
    const namespace = `late-${randomBytes(4).toString('hex')}`;
    const engine = { address, namespace, connectionOptions: { address } };
    const { queue, enqueue, problem } = await start(onTestFinished, { address, settings: { engine } });
    const job = await enqueue();
    await expect.poll(problem, { timeout: 30_000 }).toMatchObject({
      engine: 'misconfigured',
      message: `Temporal at ${address} has no namespace "${namespace}".`,
    });
    await queue.client.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
    });
    await queue.waitFor(job, (each) => each.status === 'finished', 90_000);
  });
});
