import { Client, Connection, isRetryableError } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { causeText } from '../../src/contract/cause.ts';
import { isAppError } from '../../src/contract/errors.ts';
import { SEARCH_ATTRIBUTES } from '../../src/contract/names.ts';
import { createEngineClient, readEngineConfig } from '../../src/engine/connection.ts';
import { GRPC_STATUSES } from '../../src/engine/engine-errors.ts';
import { createTemporalEngine } from '../../src/engine/temporal-engine.ts';
import type { Engine, RunSpec } from '../../src/ports.ts';
import { type GrpcAnswer, startGrpcRefusals } from '../support/grpc.ts';

const run: RunSpec = {
  workflowId: 'ocr-1',
  ledgerId: '00000000-0000-0000-0000-000000000000',
  jobId: 'ocr-1',
  generation: 1,
  runNo: 1,
  kind: 'ocr',
  subject: 1,
  about: 'receipt 1',
  attributes: { PantryReceipt: 1 },
  tenant: 'default',
  userId: 1,
  batchId: null,
  priority: 'default',
  passes: false,
};

/** Every call that the gate makes of the engine, and the call of Temporal behind it. */
const CALLS: Readonly<Record<string, { rpc: string; make: (engine: Engine) => Promise<unknown> }>> = {
  start: { rpc: 'StartWorkflowExecution', make: (engine) => engine.start(run, { again: false }) },
  describe: { rpc: 'DescribeWorkflowExecution', make: (engine) => engine.describe('ocr-1') },
  cancel: {
    rpc: 'RequestCancelWorkflowExecution',
    make: (engine) => engine.cancel({ workflowId: 'ocr-1', engineRunId: 'r' }),
  },
  ping: { rpc: 'DescribeNamespace', make: (engine) => engine.ping() },
};

let answer: GrpcAnswer = { status: 14, message: '' };
let asked: string[] = [];
let told = () => {};
let server: Awaited<ReturnType<typeof startGrpcRefusals>>;
let connection: Connection;

beforeAll(async () => {
  server = await startGrpcRefusals((call) => {
    asked.push(call);
    told();
    return answer;
  });
  // Without the SDK's own retries: each status arrives as it was sent.
  connection = Connection.lazy({ address: server.address, interceptors: [] });
});
afterAll(async () => {
  await connection.close();
  await server.close();
});

/** A new one each time: what it remembers of the namespace must not decide. */
const engine = () => createTemporalEngine(new Client({ connection }), { queueName: 'q', address: server.address });

async function thrownBy(call: string, given: GrpcAnswer): Promise<unknown> {
  answer = given;
  asked = [];
  const result = await CALLS[call]?.make(engine()).then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  expect(asked).toContain(CALLS[call]?.rpc);
  return result && 'error' in result ? result.error : { value: result?.value };
}

describe.each(Object.keys(CALLS))('[I8] each gRPC status that Temporal gives to %s', (call) => {
  it.each(Object.entries(GRPC_STATUSES).map(([status, row]) => ({ status: Number(status), ...row })))(
    '$status $name means one thing, and its text stays the cause',
    async ({ status, code, name }) => {
      const error = await thrownBy(call, { status, message: `words of Temporal about ${name}` });
      // A workflow that is unknown is an answer to these two, and an id that is taken is one to a start.
      if (status === 5 && call === 'describe') return expect(error).toEqual({ value: { kind: 'absent' } });
      if (status === 5 && call === 'cancel') return expect(error).toEqual({ value: undefined });
      if (status === 6 && call === 'start') return expect(error).toEqual({ value: { kind: 'exists' } });
      expect(error).toMatchObject({ code, message: expect.stringContaining(server.address) });
      expect(causeText(error)).toContain(`words of Temporal about ${name}`);
      expect(isAppError(error) && error.message).not.toContain('words of Temporal');
    },
  );

  it('a namespace that does not exist is named, with the command that makes it', async () => {
    const error = await thrownBy(call, { status: 5, message: 'Namespace default is not found.' });
    expect(error).toMatchObject({
      code: 'engine_misconfigured',
      message: `Temporal at ${server.address} has no namespace "default".`,
      hint: expect.stringContaining('operator namespace create'),
    });
  });

  it.each(Object.entries(SEARCH_ATTRIBUTES))('a missing search attribute is named: %s', async (name, type) => {
    for (const message of [
      `Namespace default has no mapping defined for search attribute ${name}`,
      `search attribute ${name} is not defined`,
    ]) {
      const error = await thrownBy(call, { status: 3, message });
      expect(error).toMatchObject({
        code: 'engine_misconfigured',
        message: expect.stringContaining(`search attribute ${name} of type ${type}`),
        hint: expect.stringContaining(`--name ${name} --type ${type}`),
      });
    }
  });
});

it('a server that is not there is away', async () => {
  const nobody = Connection.lazy({ address: '127.0.0.1:1', interceptors: [], connectTimeout: '1s' });
  const lonely = createTemporalEngine(new Client({ connection: nobody }), { queueName: 'q', address: '127.0.0.1:1' });
  for (const [call, { make }] of Object.entries(CALLS)) {
    await expect(make(lonely), call).rejects.toMatchObject({ code: 'engine_unavailable', retryAfterS: 5 });
  }
  await nobody.close();
});

// What the SDK sends again, it sends from a timer; what is thrown there ends the process, and the run of tests fails.
const SENT_AGAIN = Object.keys(GRPC_STATUSES)
  .map(Number)
  .filter((code) => isRetryableError({ code, details: '' } as Parameters<typeof isRetryableError>[0]));
describe.each(Object.keys(CALLS))('[I8] a connection that is closed while %s waits to be sent again', (call) => {
  it.each(SENT_AGAIN)(
    'after status %i: the call ends, and nothing else does',
    async (status) => {
      const once = new Promise<void>((resolve) => {
        told = resolve;
      });
      answer = { status, message: 'once more' };
      asked = [];
      const client = createEngineClient(readEngineConfig({ TEMPORAL_ADDRESS: server.address }));
      const closing = createTemporalEngine(client, { queueName: 'q', address: server.address });
      const called = expect(CALLS[call]?.make(closing)).rejects.toMatchObject({ code: 'engine_unavailable' });
      await once;
      await client.connection.close();
      await called;
      expect(asked).toContain(CALLS[call]?.rpc);
    },
    30_000,
  );
});
