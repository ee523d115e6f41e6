import { randomBytes } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AppError } from '../../src/contract/errors.ts';
import { type PayloadKeys, parsePayloadKeys } from '../../src/contract/payload-keys.ts';
import { scriptedAgent } from '../support/agent.ts';
import { addReceipts } from '../support/db.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { asOwner } from '../support/owner.ts';

const secret = () => randomBytes(32).toString('base64');
const keysOf = (text: string): PayloadKeys => {
  const keys = parsePayloadKeys(text);
  if (!keys) throw new Error('the test names no keys');
  return keys;
};

/** A queue whose Temporal is encrypted with these keys; `beside` is another process of the same queue, with others. */
async function startQueue(keys: string | undefined) {
  const queue = await createInstallation();
  onTestFinished(() => queue.dispose());
  const { engine } = queue.settings;
  const withKeys = (text: string | undefined) => ({
    engine: { ...engine, payloadKeys: text === undefined ? undefined : keysOf(text) },
  });
  const beside = async (text: string | undefined): Promise<Installation> => {
    const settings = { ...queue.settings, ...withKeys(text) };
    const other = await createInstallation({ database: queue.url, settings });
    onTestFinished(() => other.dispose());
    return other;
  };
  const process = keys === undefined ? queue : await beside(keys);
  return {
    process,
    beside,
    async enqueue(from: Installation = process) {
      const [id = 0] = await addReceipts(queue.db, 1);
      return (await from.queue.enqueueOcr({ receipt_id: id }, asOwner)).job_id;
    },
    /** All that Temporal has of a job, as it lies there. */
    async stored(job: string) {
      const execution = { workflowId: `${queue.settings.workflowIdPrefix}${job}` };
      const { workflowService } = queue.client;
      const at = { namespace: 'default', execution };
      const { history } = await workflowService.getWorkflowExecutionHistory(at);
      const described = await workflowService.describeWorkflowExecution(at);
      return { history, described };
    },
  };
}

/** Every payload in a message of Temporal's but search attributes, which it must be able to read. */
function payloadsIn(value: unknown, path = '$'): { path: string; encoding: string; data: string }[] {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return [];
  const { metadata, data } = value as { metadata?: Record<string, Uint8Array>; data?: Uint8Array };
  if (metadata?.encoding instanceof Uint8Array) {
    const text = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('utf8');
    return [{ path, encoding: text(metadata.encoding), data: text(data) }];
  }
  return Object.entries(value).flatMap(([name, inner]) =>
    name === 'searchAttributes' ? [] : payloadsIn(inner, `${path}.${name}`),
  );
}

/** Of a local activity the SDK's core notes in clear when it ran; its arguments and its result stand elsewhere. */
const CORE_NOTES = [
  'activity_id',
  'activity_type',
  'attempt',
  'backoff',
  'complete_time',
  'original_schedule_time',
  'seq',
];

const inClear = (found: unknown) =>
  payloadsIn(found).filter(({ path, encoding, data }) => {
    const isNote = path.includes('.markerRecordedEventAttributes.details.data.') && encoding === 'json/plain';
    return (
      encoding !== 'binary/encrypted' && !(isNote && `${Object.keys(JSON.parse(data)).sort()}` === `${CORE_NOTES}`)
    );
  });

/** Every sentence of a failure. */
function messagesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    (name === 'message' || name === 'stackTrace') && typeof inner === 'string' ? [inner] : messagesIn(inner),
  );
}

const CANARY = 'canary-4711';

describe('Temporal of a queue that encrypts', { timeout: 180_000 }, () => {
  it('[S6] Temporal holds no payload in clear of a run that heartbeats, fails and is tried again', async () => {
    const { process, enqueue, stored } = await startQueue(`a:${secret()}`);
    const agent = scriptedAgent();
    await process.work(agent);
    const job = await enqueue();
    (await agent.nextCall()).fail(new AppError('agent_error', CANARY));
    const again = await agent.nextCall();
    await expect
      .poll(async () => (await stored(job)).described.pendingActivities?.[0]?.heartbeatDetails?.payloads?.length, {
        timeout: 20_000,
      })
      .toBe(1);
    const during = await stored(job);
    again.reply();
    await process.waitFor(job, ({ status }) => status === 'finished');
    const after = await stored(job);

    expect(payloadsIn({ during, after }).length).toBeGreaterThan(15);
    expect(inClear({ during, after })).toEqual([]);
    expect(messagesIn(during).filter((message) => message !== '')).toContain('Encoded failure');
    expect(messagesIn({ during, after }).filter((message) => message.includes(CANARY))).toEqual([]);
  });

  it('[S6] a job that fails for good leaves no sentence of its failure in Temporal', async () => {
    const { process, enqueue, stored } = await startQueue(`a:${secret()}`);
    await process.work(scriptedAgent((call) => call.fail(new AppError('agent_rejected', CANARY))));
    const job = await enqueue();
    const { error } = await process.waitFor(job, ({ status }) => status === 'failed');
    expect(error).toMatchObject({ code: 'agent_rejected' });
    await expect.poll(async () => (await stored(job)).described.workflowExecutionInfo?.status).toBe(3);
    const found = await stored(job);
    expect(inClear(found)).toEqual([]);
    const said = messagesIn(found).filter((message) => message !== '');
    expect(said.filter((message) => !['Encoded failure', 'Activity task failed'].includes(message))).toEqual([]);
    expect(JSON.stringify(said)).not.toContain(CANARY);
  });

  it('[S6] a run that began in clear goes on with workers that encrypt', async () => {
    const { process, beside, enqueue, stored } = await startQueue(undefined);
    const first = scriptedAgent();
    const worker = await process.work(first);
    const job = await enqueue();
    const call = await first.nextCall();
    const encrypting = await beside(`a:${secret()}`);
    call.fail(new AppError('agent_error', CANARY));
    await worker.stop();
    await encrypting.work(scriptedAgent((next) => next.reply()));
    await encrypting.waitFor(job, ({ status }) => status === 'finished');
    const encodings = new Set(payloadsIn(await stored(job)).map(({ encoding }) => encoding));
    expect([...encodings].sort()).toEqual(['binary/encrypted', 'json/plain']);
  });

  it('[S6] [I8] a process without the key that the queue encrypts with does not start', async () => {
    const a = secret();
    const { beside } = await startQueue(`a:${a}`);
    const refused = (keys: string | undefined) =>
      beside(keys).then(
        () => undefined,
        (error: unknown) => error,
      );
    expect(await refused(undefined)).toMatchObject({
      code: 'settings_differ',
      message: 'The queue encrypts with key "a", which PAYLOAD_KEYS does not have here.',
      hint: expect.stringContaining('a:lost'),
    });
    expect(await refused(`b:${secret()}`)).toMatchObject({ code: 'settings_differ' });
    const wrong = await refused(`a:${secret()}`);
    expect(wrong).toMatchObject({ code: 'settings_differ', message: expect.stringContaining('PAYLOAD_KEYS a is') });
    expect(String(wrong)).not.toContain(a);
    await beside(`b:${secret()}, a:${a}`);
  });

  it('[S6] [Q18] jobs in flight whose key is lost are started again, and paid once', async () => {
    const { process, beside, enqueue } = await startQueue(`a:${secret()}`);
    const first = scriptedAgent();
    const worker = await process.work(first);
    const job = await enqueue();
    await first.nextCall();
    await worker.stop();
    await process.dispatch.stop();

    const keys = `b:${secret()}, a:lost`;
    const next = await beside(keys);
    const agent = scriptedAgent((call) => call.reply());
    await next.work(agent);
    const done = await next.waitFor(job, ({ status }) => status === 'finished', 120_000);
    expect(done).toMatchObject({ status: 'finished' });
    expect(agent.calls).toHaveLength(1);
    expect(
      await enqueue(next).then((later) => next.waitFor(later, ({ status }) => status === 'finished')),
    ).toBeDefined();
  });

  it('[S6] [I8] a job whose key a process does not have says so, and goes on once it has it', async () => {
    const a = secret();
    const b = secret();
    const { process, beside, enqueue } = await startQueue(`a:${a}, b:${b}`);
    const first = scriptedAgent();
    const worker = await process.work(first);
    const job = await enqueue();
    await first.nextCall();
    await worker.stop();
    await process.dispatch.stop();

    const rotated = await beside(`b:${b}, a:${a}`);
    const without = await beside(`b:${b}`);
    const agent = scriptedAgent((call) => call.reply());
    const blind = await without.work(agent);
    const told = () => without.queue.explainJob({ job_id: job }, asOwner);
    await expect.poll(async () => JSON.stringify(await told()), { timeout: 60_000 }).toContain('key \\"a\\"');
    await blind.stop();
    await without.dispatch.stop();
    expect(agent.calls).toHaveLength(0);

    await rotated.work(agent);
    await rotated.waitFor(job, ({ status }) => status === 'finished', 120_000);
    expect(agent.calls).toHaveLength(1);
  });
});
