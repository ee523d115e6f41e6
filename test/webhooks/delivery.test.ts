import { describe, expect, it } from 'vitest';
import { verifyWebhook } from '../../src/client/index.ts';
import { addReceipts } from '../support/db.ts';
import { beatAs, useGate } from '../support/gate.ts';
import { finished, waiting } from '../support/job-states.ts';
import { asOwner } from '../support/owner.ts';
import { readingsOf } from '../support/readings.ts';
import { DOUBTFUL, LOW } from '../support/reviews.ts';
import { startReceiver, status } from './support/receiver.ts';
import { createWebhookBench } from './support/webhook-bench.ts';

const bench = useGate();
const { create, deliver, send, pass, show, one, finish, deliveries } = createWebhookBench(bench);

describe('a webhook', () => {
  it('[Q13] is told of a job that finished, signed so that the client’s verifier takes it', async () => {
    const receiver = await startReceiver();
    const { webhook_id, secret } = await create({ url: receiver.url });
    const run = await finished(bench.db);
    await deliver();
    const [got, ...others] = receiver.got;
    expect(others).toEqual([]);
    const message = await verifyWebhook(got?.body ?? '', got?.headers ?? {}, secret ?? '');
    expect(message).toMatchObject({
      type: 'job.finished',
      data: { job_id: `ocr-${run.subject}`, receipt_id: run.subject, user_id: 1, type: 'finished', state: 'finished' },
    });
    expect(got?.headers['webhook-id']).toBe((message.data as { id: string }).id);
    expect(await one(webhook_id)).toMatchObject({ status: 'delivered', tries: 1, http_status: 200, body: got?.body });
    expect(await show(webhook_id)).toMatchObject({ failing: null, last_success_at: expect.any(String) });
  });

  it('[Q13] is sent the same id and the same bytes at each try, with pauses that grow, until they are taken', async () => {
    const receiver = await startReceiver(status(500));
    const { webhook_id } = await create({ url: receiver.url });
    await finish(1);
    await deliver();
    expect(await one(webhook_id)).toMatchObject({
      status: 'waiting',
      tries: 1,
      http_status: 500,
      error: 'http_status',
    });
    await send();
    expect(receiver.got).toHaveLength(1);
    await pass('6 seconds');
    await send();
    receiver.answers(status(204));
    await pass('34 seconds');
    await send();
    expect(receiver.got.map(({ body }) => body)).toEqual(Array(3).fill(receiver.got[0]?.body));
    expect(new Set(receiver.got.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(await one(webhook_id)).toMatchObject({ status: 'delivered', tries: 3, http_status: 204, error: null });
  });

  it('[Q13] whose endpoint is gone (410) is disabled, is a problem and one event, and gets nothing more', async () => {
    const receiver = await startReceiver(status(410));
    const { webhook_id } = await create({ url: receiver.url });
    await finish(3);
    await deliver(3);
    expect(receiver.got).toHaveLength(3);
    const told = await bench.db.query("select job_no, data from pantry_queue.events where kind = 'webhook_disabled'");
    expect(told).toEqual([{ job_no: null, data: { webhook_id } }]);
    expect(await show(webhook_id)).toMatchObject({ status: 'disabled', status_by: 'HTTP 410' });
    expect(await deliveries(webhook_id)).toMatchObject(Array(3).fill({ status: 'failed', error: 'gone' }));
    const { problems } = await bench.queue.queueInfo({}, asOwner);
    expect(problems.filter(({ part }) => part === 'webhooks')).toMatchObject([{ code: 'webhook_disabled' }]);
    expect(await waiting(bench.db)).toBeDefined();
  });
});

it('[Q13] a reading in doubt reaches the receiver as receipt.needs_review with its reasons, and what it asks back is open', async () => {
  const asked: unknown[] = [];
  const receiver = await startReceiver(async (response, { body }) => {
    const { receipt_id } = JSON.parse(body).data;
    const { reviews } = await bench.queue.listReviews({}, asOwner);
    asked.push(reviews.find((review) => review.receipt_id === receipt_id));
    response.writeHead(200).end();
  });
  const { secret } = await create({ url: receiver.url, events: ['receipt.needs_review'] });
  await beatAs(bench.db, 'w1', 4);
  const [receipt_id = 0] = await addReceipts(bench.db, 1);
  await readingsOf(bench).read(receipt_id, DOUBTFUL);
  await deliver();
  const [got, ...others] = receiver.got;
  expect(others).toEqual([]);
  const message = await verifyWebhook(got?.body ?? '', got?.headers ?? {}, secret ?? '');
  expect(message).toMatchObject({
    type: 'receipt.needs_review',
    data: { receipt_id, type: 'receipt_needs_review', data: { reasons: ['low_confidence'] } },
  });
  expect(asked).toMatchObject([{ receipt_id, reasons: [LOW] }]);
});

it('[Q13] a receiver that asks back inside its handler finds the new state', async () => {
  const asked: unknown[] = [];
  const receiver = await startReceiver(async (response, { body }) => {
    const { job_id } = JSON.parse(body).data;
    asked.push(await bench.queue.getJobStatus({ job_id }, asOwner));
    response.writeHead(200).end();
  });
  await create({ url: receiver.url });
  const run = await finished(bench.db);
  await deliver();
  expect(asked).toMatchObject([
    { job_id: `ocr-${run.subject}`, status: 'finished', result: { total_amount: expect.any(String) } },
  ]);
});
