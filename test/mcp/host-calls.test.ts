import { describe, expect, it, onTestFinished } from 'vitest';
import { tools } from '../../mcp/tools/index.ts';
import { CLIENTS, connect } from './support/clients.ts';
import { aJob } from './support/fake-queue.ts';
import { serveInProcess } from './support/servers.ts';
import { callOnWire } from './support/wire.ts';

/**
 * Calls as hosts were seen to send them, with what each means: the input that reaches the queue, or the words of the
 * refusal. `none`: the call has no `arguments` at all.
 */
const none = Symbol('none');
type Call = readonly [tool: string, sent: unknown, means: Record<string, unknown> | readonly string[]];

const ONE = { receipt_id: 1 };
const JOB = { job_id: 'ocr-1' };

const CALLS: readonly Call[] = [
  ['enqueue_ocr', { ...ONE, image_path: null, user_id: null, priority: null, force: null }, ONE],
  ['enqueue_ocr', { receipt_id: 1.0 }, ONE],
  ['enqueue_ocr', { receipt_id: '1' }, ONE],
  ['enqueue_ocr', { ...ONE, force: 'false' }, { ...ONE, force: false }],
  ['enqueue_ocr', { ...ONE, priority: 'HIGH' }, { ...ONE, priority: 'high' }],
  ['enqueue_ocr', { ...ONE, priority: 'normal' }, ['priority must be one of high, default, low', '"normal"']],
  ['enqueue_ocr', { ...ONE, image_path: '', priority: '' }, ONE],
  ['enqueue_ocr', { ...ONE, user_id: '' }, ONE],
  ['enqueue_ocr', { receipt_id: 'ocr-1' }, ONE],
  ['enqueue_ocr', { receipt_id: 'receipt 1' }, ONE],
  ['enqueue_ocr', { ...ONE, _meta: { progressToken: 1 } }, ONE],
  ['enqueue_ocr', { ...ONE, task_progress: '- [ ] do it' }, ONE],
  ['enqueue_ocr', { ...ONE, requires_approval: true, explanation: 'why', toolSummary: 'x', security_risk: 'LOW' }, ONE],
  ['enqueue_ocr', { ...ONE, toolCallId: 'call_0', sessionId: 's', '': '' }, ONE],
  ['enqueue_ocr', '{"receipt_id":1}', ONE],
  ['enqueue_ocr', { kwargs: { receipt_id: 1 } }, ONE],
  ['enqueue_ocr', { input: { receipt_id: 1 } }, ['Unknown argument "input"', 'Allowed: receipt_id']],
  ['enqueue_ocr', { receiptId: 1 }, ONE],
  ['enqueue_ocr', { RECEIPT_ID: 1 }, ONE],
  ['enqueue_ocr', {}, ['receipt_id is missing']],
  ['enqueue_ocr', none, ['receipt_id is missing']],
  ['enqueue_ocr', null, ['receipt_id is missing']],
  ['get_job_status', { ...JOB, wait_seconds: '5' }, { ...JOB, wait_seconds: 5 }],
  ['get_job_status', { ...JOB, wait_seconds: null }, JOB],
  ['get_job_status', { ...JOB, wait_seconds: 60 }, { ...JOB, wait_seconds: 25 }],
  ['get_job_status', { ...JOB, wait_seconds: 5.5 }, { ...JOB, wait_seconds: 5 }],
  ['get_job_status', { ...JOB, wait_seconds: -1 }, JOB],
  ['get_job_status', { job_id: 1 }, JOB],
  ['get_job_status', { job_id: '1' }, JOB],
  ['get_job_status', { job_id: ' ocr-1 ' }, JOB],
  ['get_job_status', { job_id: 'OCR-1' }, JOB],
  ['get_job_status', { job_id: '"ocr-1"' }, JOB],
  ['get_job_status', ONE, ['Unknown argument "receipt_id"', 'Allowed: job_id, batch_id, wait_seconds']],
  ['get_job_status', { job_id: ['ocr-1', 'ocr-2'] }, ['job_id must be a text, not a list']],
  ['queue_info', none, {}],
  ['queue_info', '', {}],
  ['queue_info', [], {}],
  ['queue_info', { user_id: null }, {}],
  ['queue_info', { random_string: 'x' }, {}],
  ['queue_info', { user_id: 0 }, ['user_id must be at least 1, not 0']],
];

const paramsOf = (name: string, sent: unknown) => (sent === none ? { name } : { name, arguments: sent });

function serverWithJob() {
  const server = serveInProcess();
  onTestFinished(() => server.close());
  // Ended, so that no call waits.
  server.put(aJob({ receipt_id: 1, status: 'canceled', phase: null }));
  return server;
}

describe('a call as hosts send it', () => {
  it.each(CALLS)('[M6] %s %j is read or refused with what to mend', async (tool, sent, means) => {
    const server = serverWithJob();
    const answer = await callOnWire(server, paramsOf(tool, sent));
    if (Array.isArray(means)) {
      expect(answer.isError).toBe(true);
      for (const words of means) expect(answer.says).toContain(words);
      expect(server.calls).toEqual([]);
      return;
    }
    expect(answer.says).not.toContain('invalid_argument');
    expect(server.calls).toMatchObject([{ operation: tool }]);
    expect(server.calls[0]?.input).toEqual(means);
  });

  it.each(CLIENTS)('[M6] is read the same when the client %s sends it', async (kind) => {
    const server = serverWithJob();
    const client = await connect(kind, { kind: 'http', url: server.url, fetch: server.fetch });
    onTestFinished(() => client.close());
    for (const [tool, sent, means] of CALLS) {
      const before = server.calls.length;
      const answer = await client.callRaw(tool, sent === none ? undefined : sent);
      if (Array.isArray(means)) expect(answer.says).toContain(means[0]);
      else expect(server.calls.slice(before).map(({ input }) => input)).toEqual([means]);
    }
  });

  it('[M6] says in the answer, in both halves, when it waits less than it was asked to', async () => {
    const server = serverWithJob();
    const answer = await callOnWire(server, paramsOf('get_job_status', { ...JOB, wait_seconds: 60 }));
    const note = 'wait_seconds was taken as 25, not 60: one call waits at most 25 s here, so call again for more.';
    expect(answer.structured).toMatchObject({ summary: 'ocr-1 is canceled.', notes: [note] });
    const exact = await callOnWire(server, paramsOf('get_job_status', { ...JOB, wait_seconds: 25 }));
    expect(exact.structured).not.toHaveProperty('notes');
  });

  it.each(
    [
      ['queueInfo', 'Did you mean queue_info?'],
      ['queue_information', 'Did you mean queue_info?'],
      ['getJobStatus', 'Did you mean get_job_status?'],
      ['enqueue', 'Did you mean enqueue_ocr?'],
      ['drop_tables', `Tools: ${tools.map((tool) => tool.name).join(', ')}.`],
      ['x'.repeat(10_000), 'Tools: '],
      [17, 'The call names no tool.'],
      [undefined, 'The call names no tool.'],
      ['__proto__', 'There is no tool "__proto__".'],
    ].map(([name, words]) => [String(name).slice(0, 40), name, words]),
  )('[M6] of the tool %s is answered with the tools that there are', async (_, name, words) => {
    const server = serverWithJob();
    const answer = await callOnWire(server, { name, arguments: {} });
    expect(answer).toMatchObject({ isError: true, structured: { code: 'tool_not_found' } });
    expect(answer.says).toContain(words);
    expect(JSON.stringify(answer).length).toBeLessThan(1_500);
  });
});
