import { randomBytes } from 'node:crypto';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { createEngineClient, readEngineConfig } from '../../../src/engine/connection.ts';
import { scriptedAgent } from '../../support/agent.ts';
import { useDatabase } from '../../support/db.ts';
import { type Fate, startGrpcProxy } from '../../support/grpc-proxy.ts';
import { createInstallation } from '../../support/installation.ts';
import { freePort } from '../../support/ports.ts';
import { bySettings } from './support/examined.ts';

const ledger = useDatabase();
const look = (env: Readonly<Record<string, string>>) => bySettings({ DATABASE_URL: ledger.url, ...env });

async function namespaceOf(attributes: Readonly<Record<string, number>>) {
  const namespace = `doctor-${randomBytes(4).toString('hex')}`;
  const { connection } = createEngineClient(readEngineConfig({ TEMPORAL_ADDRESS: inject('temporalAddress') }));
  onTestFinished(() => connection.close());
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
  });
  const isThere = () =>
    connection.workflowService.describeNamespace({ namespace }).then(
      () => true,
      () => false,
    );
  await expect.poll(isThere, { timeout: 30_000 }).toBe(true);
  if (Object.keys(attributes).length > 0) {
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: attributes });
  }
  return { namespace, connection };
}

async function proxied(fate: Fate, calls: RegExp) {
  const proxy = await startGrpcProxy(inject('temporalAddress'), (call) => (calls.test(call) ? fate : undefined));
  onTestFinished(() => proxy.close());
  return proxy.address;
}

describe('[H6] doctor says of Temporal', () => {
  it('that it is well, with its version, and what its namespace keeps', async () => {
    const { of } = await look({});
    expect(of('temporal')).toMatchObject({ state: 'ok', says: expect.stringMatching(/^Temporal 1\.\d+/) });
    expect(of('namespace')).toMatchObject({ state: 'ok', says: expect.stringMatching(/^default, retention \d+ d$/) });
    expect(of('attributes')).toMatchObject({ state: 'ok' });
  });

  it('that nobody is at its address, and looks at all else', async () => {
    const { of } = await look({ TEMPORAL_ADDRESS: `127.0.0.1:${await freePort()}` });
    expect(of('temporal')).toMatchObject({ state: 'failed', code: 'engine_unavailable' });
    expect(of('temporal').says).toContain('cannot be reached');
    expect(of('pollers')).toMatchObject({ state: 'skipped' });
    expect(of('counters')).toMatchObject({ state: 'ok' });
  });

  it('that it gives no answer, in its own time', async () => {
    const { of } = await look({ TEMPORAL_ADDRESS: await proxied(new Promise(() => undefined), /GetSystemInfo/) });
    expect(of('temporal')).toMatchObject({ state: 'failed', code: 'engine_unavailable' });
  }, 60_000);

  it('that its namespace is absent, with the command that makes it', async () => {
    const { of } = await look({ TEMPORAL_NAMESPACE: 'nowhere' });
    expect(of('namespace')).toMatchObject({
      state: 'failed',
      code: 'engine_misconfigured',
      mend: expect.stringContaining('temporal operator namespace create --namespace nowhere'),
    });
  });

  it('which search attributes are missing or of another type, and adds none', async () => {
    const { namespace, connection } = await namespaceOf({ PantryTenant: 2, PantryReceipt: 2 });
    const { of } = await look({ TEMPORAL_NAMESPACE: namespace });
    expect(of('attributes')).toMatchObject({
      state: 'failed',
      says: expect.stringContaining('PantryReceipt with another type'),
      mend: expect.stringContaining(`--namespace ${namespace} --name PantryReceipt`),
    });
    await connection.operatorService.removeSearchAttributes({ namespace, searchAttributes: ['PantryReceipt'] });
    await expect
      .poll(async () => (await look({ TEMPORAL_NAMESPACE: namespace })).of('attributes').mend, { timeout: 30_000 })
      .toContain(`temporal operator search-attribute create --namespace ${namespace} --name PantryUser --type Keyword`);
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    expect(Object.keys(customAttributes ?? {}).filter((name) => name.startsWith('Pantry'))).toEqual(['PantryTenant']);
  }, 120_000);

  it('the same where the operator API is closed to it', async () => {
    const { namespace } = await namespaceOf({});
    const refused = await proxied({ status: 7, message: 'Request unauthorized.' }, /SearchAttributes$/);
    const { of } = await look({ TEMPORAL_ADDRESS: refused, TEMPORAL_NAMESPACE: namespace });
    expect(of('attributes')).toMatchObject({
      state: 'failed',
      says: expect.stringContaining('PantryUser of type Keyword'),
    });
  }, 120_000);

  it('that no worker asks for tasks of its queue, and that one does once it runs', async () => {
    const { of } = await look({ QUEUE_NAME: `none-${randomBytes(4).toString('hex')}` });
    expect(of('pollers')).toMatchObject({ state: 'failed', mend: expect.stringContaining('pantry-queue worker') });
    const queue = await createInstallation();
    onTestFinished(() => queue.dispose());
    await queue.work(scriptedAgent((call) => call.reply()));
    const seen = async () => (await look({ QUEUE_NAME: queue.settings.queueName })).of('pollers').state;
    await expect.poll(seen, { timeout: 30_000 }).toBe('ok');
  }, 120_000);
});
