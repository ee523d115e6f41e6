import { randomBytes } from 'node:crypto';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { SEARCH_ATTRIBUTES } from '../../src/contract/names.ts';
import { createEngineClient, readEngineConfig } from '../../src/engine/connection.ts';
import { startByEnvironment as start } from '../support/by-environment.ts';
import { type Fate, startGrpcProxy } from '../support/grpc-proxy.ts';

describe('search attributes', { timeout: 120_000 }, () => {
  /** A namespace with none of ours, on a server that answers operator calls as `operator` says. */
  async function emptyNamespace(operator: Fate) {
    const namespace = `bare-${randomBytes(4).toString('hex')}`;
    const direct = createEngineClient(readEngineConfig({ TEMPORAL_ADDRESS: inject('temporalAddress') }));
    onTestFinished(() => direct.connection.close());
    await direct.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
    });
    const proxy = await startGrpcProxy(inject('temporalAddress'), (call) =>
      /SearchAttributes$/.test(call) ? operator : undefined,
    );
    onTestFinished(() => proxy.close());
    return { direct, namespace, environment: { TEMPORAL_ADDRESS: proxy.address, TEMPORAL_NAMESPACE: namespace } };
  }

  it('[P2] [W9] are added at the start of a process where it may', async () => {
    const { direct, namespace, environment } = await emptyNamespace(undefined);
    const { enqueue, finished } = await start(environment);
    await finished(await enqueue());
    const { customAttributes } = await direct.connection.operatorService.listSearchAttributes({ namespace });
    expect(Object.keys(customAttributes ?? {})).toEqual(expect.arrayContaining(Object.keys(SEARCH_ATTRIBUTES)));
  });

  it.each([
    [7, 'PERMISSION_DENIED'],
    [12, 'UNIMPLEMENTED'],
  ])('[P2] [I8] that are missing are named with the command where the operator API answers %i %s', async (status) => {
    const { direct, namespace, environment } = await emptyNamespace({ status, message: 'Request unauthorized.' });
    const { enqueue, finished, problem } = await start(environment);
    const job = await enqueue();
    await expect.poll(problem, { timeout: 30_000 }).toMatchObject({
      engine: 'misconfigured',
      message: `The Temporal namespace "${namespace}" has no search attribute PantryTenant of type Keyword, PantryUser of type Keyword, PantryBatch of type Keyword, PantryReceipt of type Int.`,
      hint: expect.stringContaining(
        `temporal operator search-attribute create --namespace ${namespace} --name PantryTenant --type Keyword --name PantryUser --type Keyword --name PantryBatch --type Keyword --name PantryReceipt --type Int (Temporal Cloud: tcld namespace search-attributes add --namespace ${namespace} --search-attribute "PantryTenant=Keyword"`,
      ),
    });
    await direct.connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: { PantryTenant: 2, PantryUser: 2, PantryBatch: 2, PantryReceipt: 3 },
    });
    await finished(job);
  });
});
