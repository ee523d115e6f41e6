import { afterAll, beforeAll, expect, it } from 'vitest';
import { createHttpAgent } from '../../src/agent/http-agent.ts';
import { addReceipts } from '../support/db.ts';
import { type Behaviour, type HttpAgent, sendJson, startHttpAgent } from '../support/http-agent.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { asOwner } from '../support/owner.ts';
import { replyFor } from '../support/replies.ts';

/** What the agent does with each receipt; each promise below has a receipt of its own, all run together. */
const behaviours = new Map<number, Behaviour>();
let queue: Installation;
let http: HttpAgent;

beforeAll(async () => {
  queue = await createInstallation({ settings: { attemptTimeoutMs: 1_000 } });
  http = await startHttpAgent((request, response, nth) => behaviours.get(request.receipt_id)?.(request, response, nth));
  await queue.work(createHttpAgent({ url: http.url }));
});
afterAll(async () => {
  await queue.dispose();
  await http.close();
});

async function readWith(behave: Behaviour): Promise<{ jobId: string; calls(): number }> {
  const [id = 0] = await addReceipts(queue.db, 1);
  behaviours.set(id, behave);
  await queue.queue.enqueueOcr({ receipt_id: id }, asOwner);
  return { jobId: `ocr-${id}`, calls: () => http.log.filter((entry) => entry.receiptId === id).length };
}
/** The first calls get `status`, later ones a reading. */
function first(calls: number, status: number): Behaviour {
  let n = 0;
  return (request, response) => {
    if (++n > calls) return sendJson(response, 200, replyFor(request));
    response.writeHead(status).end('secret words of the agent');
  };
}

it.concurrent('a failure that passes costs an attempt, is seen while it waits, and is forgotten when it has passed', async () => {
  const { jobId, calls } = await readWith(first(1, 500));
  const waiting = await queue.waitFor(jobId, (job) => job.phase === 'backoff');
  expect(waiting).toMatchObject({
    status: 'deferred',
    attempts: 1,
    attempts_charged: 1,
    error: { code: 'agent_error', message: 'The agent failed (HTTP 500).' },
    next_attempt_at: expect.any(String),
  });
  const done = await queue.waitFor(jobId, (job) => job.status === 'finished');
  expect(done).toMatchObject({ attempts: 2, error: null, exc_info: null });
  expect(calls()).toBe(2);
});

/** A queue and an agent of its own: while it asks to wait, nobody else is charged or called. */
it.concurrent('an agent that asks to wait is left alone for that long, and nothing is charged', async ({
  onTestFinished,
}) => {
  const busy = await startHttpAgent((request, response, nth) => {
    if (nth > 1) return sendJson(response, 200, replyFor(request));
    response.writeHead(429, { 'retry-after': '2' }).end();
  });
  onTestFinished(() => busy.close());
  const own = await createInstallation({ settings: { agentUrl: busy.url } });
  onTestFinished(() => own.dispose());
  await own.work();
  const [id = 0] = await addReceipts(own.db, 1);
  await own.queue.enqueueOcr({ receipt_id: id }, asOwner);
  const done = await own.waitFor(`ocr-${id}`, (job) => job.status === 'finished');
  expect(done).toMatchObject({ attempts: 2, attempts_charged: 0 });
  const [one, two] = busy.log;
  expect((two?.startedAt ?? 0) - (one?.startedAt ?? 0)).toBeGreaterThanOrEqual(2_000);
});

it.concurrent('a refusal ends the job with a safe sentence', async () => {
  const { jobId, calls } = await readWith(first(9, 400));
  const failed = await queue.waitFor(jobId, (job) => job.status === 'failed');
  expect(failed.error).toMatchObject({ code: 'agent_rejected', retryable: true });
  expect(failed.exc_info).toBe('agent_rejected: The agent refused the receipt (HTTP 400).');
  expect(JSON.stringify(failed)).not.toContain('secret words');
  expect(calls()).toBe(1);
  const receipt = await queue.queue.getReceipt({ receipt_id: failed.receipt_id }, asOwner);
  expect(receipt.ocr_status).toBe('failed');
});

it.concurrent('an unusable answer is asked for once more', async () => {
  const { jobId, calls } = await readWith((_request, response) => void response.writeHead(200).end('<html>'));
  const failed = await queue.waitFor(jobId, (job) => job.status === 'failed');
  expect(failed.error?.code).toBe('agent_bad_response');
  expect(calls()).toBe(2);
});

it.concurrent('a reply for another receipt is refused and saved nowhere', async () => {
  const { jobId } = await readWith((request, response) =>
    sendJson(response, 200, replyFor({ ...request, receipt_id: request.receipt_id + 1 })),
  );
  const failed = await queue.waitFor(jobId, (job) => job.status === 'failed');
  expect(failed.error?.code).toBe('agent_mismatch');
});

it.concurrent('an agent that is slow is cut off at the deadline of the attempt', async () => {
  let n = 0;
  const { jobId } = await readWith((request, response) => {
    if (++n > 1) sendJson(response, 200, replyFor(request));
  });
  const waiting = await queue.waitFor(jobId, (job) => job.error !== null);
  expect(waiting.error?.code).toBe('agent_timeout');
  await queue.waitFor(jobId, (job) => job.status === 'finished');
});
