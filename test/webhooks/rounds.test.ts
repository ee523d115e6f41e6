import type { ServerResponse } from 'node:http';
import pg from 'pg';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { foldHistory } from '../../src/ledger/insight/queue-history.ts';
import { readLedgerId } from '../../src/ledger/insight/queue-state.ts';
import { expireJobs } from '../../src/ledger/retention.ts';
import { giveUpDeliveries } from '../../src/ledger/webhooks/deliveries.ts';
import { useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';
import { testWebhooks } from '../support/webhooks.ts';
import { type Answer, startReceiver, status } from './support/receiver.ts';
import { createWebhookBench } from './support/webhook-bench.ts';

const bench = useGate();
const { create, tell, deliver, send, pass, show, deliveries, one, finish } = createWebhookBench(bench);

/** Another process of the queue. */
const another = async () => testWebhooks({ db: bench.db, ledgerId: await readLedgerId(bench.db) });

/** Counts all events in the history: transactions of others may keep some from being final for a moment. */
const foldAll = () =>
  vi.waitFor(
    async () => {
      await foldHistory(bench.db);
      const [row] = await bench.db.query(
        'select finished from pantry_queue.history where user_id = 1 and finished > 0',
      );
      if (!row) throw new Error('the history has not counted the job');
    },
    { timeout: 30_000, interval: 20 },
  );

/** An endpoint that answers when it is told to. */
function holding() {
  const held: ServerResponse[] = [];
  const answer: Answer = (response) => void held.push(response);
  return { held, answer, release: () => held.splice(0).forEach((response) => void response.writeHead(200).end()) };
}

describe('[Q13] webhooks of several processes', () => {
  it('tell of each event once, no matter who reads it, and send each message once', async () => {
    const receiver = await startReceiver();
    const { webhook_id } = await create({ url: receiver.url });
    const runs = await finish(12);
    const others = [await another(), await another()];
    const all = [bench.webhooks, ...others];
    // Transactions of others may keep some events from being final for a moment.
    await vi.waitFor(
      async () => {
        await Promise.all(all.map((each) => each.tell()));
        expect(await deliveries(webhook_id)).toHaveLength(runs.length);
      },
      { timeout: 30_000, interval: 20 },
    );
    for (let rounds = 0; rounds < 3; rounds++) {
      await Promise.all(all.map((each) => each.begin()));
      await Promise.all(all.map((each) => each.idle()));
    }
    const told = receiver.got.map(({ body }) => JSON.parse(body).data.receipt_id as number);
    expect(told.toSorted((a, b) => a - b)).toEqual(runs.map(({ subject }) => subject));
  });

  it('have at most four tries under way at one endpoint, over all processes', async () => {
    const gate = holding();
    const receiver = await startReceiver(gate.answer);
    await create({ url: receiver.url });
    await finish(10);
    await tell(10);
    const other = await another();
    await Promise.all([bench.webhooks.begin(), other.begin(), bench.webhooks.begin(), other.begin()]);
    await receiver.reached(4);
    await Promise.all([bench.webhooks.begin(), other.begin()]);
    expect(gate.held).toHaveLength(4);
    for (let reached = 8; reached <= 10; reached += 2) {
      gate.release();
      await receiver.reached(reached);
      expect(gate.held.length).toBeLessThanOrEqual(4);
    }
    receiver.answers(status(200));
    gate.release();
    await Promise.all([bench.webhooks.idle(), other.idle()]);
    expect(receiver.got).toHaveLength(10);
  });

  it('send an endpoint that has asked to wait nothing else while somebody tries it by hand', async () => {
    const receiver = await startReceiver(status(503, { 'retry-after': '3600' }));
    const { webhook_id } = await create({ url: receiver.url });
    await finish(1);
    await deliver(1);
    await finish(1);
    await tell(1);
    const gate = holding();
    receiver.answers(gate.answer);
    const tried = bench.queue.testWebhook({ webhook_id }, asOwner);
    await receiver.reached(2);
    await bench.webhooks.begin();
    const waiting = (await deliveries(webhook_id)).map(({ tries }) => tries);
    gate.release();
    await tried;
    await bench.webhooks.idle();
    // The newest first: the try by hand, what came meanwhile, and what was refused.
    expect(waiting).toEqual([1, 0, 1]);
  });

  it('let no endpoint wait for another one that never answers', async () => {
    const gate = holding();
    const [dead, live] = [await startReceiver(gate.answer), await startReceiver()];
    await create({ url: dead.url });
    await create({ url: live.url });
    await finish(9);
    await tell(18);
    await bench.webhooks.begin();
    await live.reached(9);
    expect(gate.held).toHaveLength(4);
    dead.answers(status(200));
    gate.release();
    await bench.webhooks.idle();
  });

  it('send again what a process that died had begun, and what it brings later changes nothing', async () => {
    const gate = holding();
    const receiver = await startReceiver(gate.answer);
    const { webhook_id } = await create({ url: receiver.url });
    await finish(1);
    await tell();
    const dying = await another();
    await dying.begin();
    await receiver.reached(1);
    await send();
    expect(await one(webhook_id)).toMatchObject({ status: 'sending', tries: 1 });
    await pass('31 seconds');
    receiver.answers(status(500));
    await send();
    expect(await one(webhook_id)).toMatchObject({ status: 'waiting', tries: 2, http_status: 500 });
    gate.release();
    await dying.idle();
    expect(await one(webhook_id)).toMatchObject({ status: 'waiting', tries: 2, http_status: 500 });
    expect(receiver.got[1]?.headers['webhook-id']).toBe(receiver.got[0]?.headers['webhook-id']);
  });

  it('pass over no event whose writer commits late', async () => {
    const receiver = await startReceiver();
    await create({ url: receiver.url });
    const client = new pg.Client({ connectionString: bench.url });
    await client.connect();
    onTestFinished(() => client.end());
    await client.query('begin');
    await client.query(
      `insert into pantry_queue.events (tenant_id, user_id, kind, state, data) values ('default', 1, 'failed', 'failed', '{"code": "gave_up"}')`,
    );
    await finish(2);
    expect((await bench.webhooks.tell()).deliveries).toBe(0);
    await client.query('commit');
    await deliver(3);
    const told = receiver.got.map(({ body }) => JSON.parse(body).data as { sequence: number });
    expect(told).toHaveLength(3);
    expect(new Set(told.map(({ sequence }) => sequence)).size).toBe(3);
  });
});

describe('[Q13] an event that a webhook was not told of', () => {
  it('is not removed by retention before it has become a message', async () => {
    const receiver = await startReceiver();
    const { webhook_id } = await create({ url: receiver.url });
    const [run] = await finish(1);
    await foldAll();
    await bench.db.query(`update pantry_queue.jobs set ended_at = now() - interval '1 hour'`);
    expect(await expireJobs(bench.db, ['finished'], 60, 10)).toBe(0);
    await tell();
    expect(await expireJobs(bench.db, ['finished'], 60, 10)).toBe(1);
    await send();
    expect(await one(webhook_id)).toMatchObject({ status: 'delivered' });
    expect(JSON.parse(receiver.got[0]?.body ?? '')).toMatchObject({ data: { receipt_id: run?.subject } });
  });
});

describe('[Q13] an endpoint that fails', () => {
  it('again and again gets one try at a time, ever more rarely, and all that waits once it takes one', async () => {
    const receiver = await startReceiver(status(500));
    const { webhook_id } = await create({ url: receiver.url });
    await finish(8);
    await deliver(8);
    const begun = receiver.got.length;
    expect(begun).toBeGreaterThanOrEqual(5);
    expect(begun).toBeLessThanOrEqual(8);
    expect(await show(webhook_id)).toMatchObject({ failing: { failures: begun, error: 'http_status' } });
    await send();
    expect(receiver.got).toHaveLength(begun);
    await pass('61 seconds');
    await send();
    expect(receiver.got).toHaveLength(begun + 1);
    receiver.answers(status(200));
    await pass('61 seconds');
    await send();
    expect((await deliveries(webhook_id)).map((each) => each.status)).toEqual(Array(8).fill('delivered'));
    expect(await show(webhook_id)).toMatchObject({ failing: null });
  });

  it('that asks to wait (429, 503) is left alone for so long', async () => {
    const receiver = await startReceiver(status(429, { 'retry-after': '3600' }));
    await create({ url: receiver.url });
    await finish(1);
    await deliver();
    await finish(1);
    await tell();
    await pass('58 minutes');
    await send();
    expect(receiver.got).toHaveLength(1);
    receiver.answers(status(200));
    await pass('3 minutes');
    await send();
    expect(receiver.got).toHaveLength(3);
  });

  it('that asks to wait is left alone while a person tries it once', async () => {
    const receiver = await startReceiver(status(429, { 'retry-after': '3600' }));
    const { webhook_id } = await create({ url: receiver.url });
    await finish(1);
    await deliver();
    await finish(1);
    await tell();
    const gate = holding();
    receiver.answers(gate.answer);
    const tried = bench.queue.testWebhook({ webhook_id }, asOwner);
    await receiver.reached(2);
    await bench.webhooks.begin();
    expect(await deliveries(webhook_id)).toMatchObject([{ status: 'sending' }, { status: 'waiting' }, { tries: 1 }]);
    receiver.answers(status(200));
    gate.release();
    await tried;
  });

  it('for three days loses its messages, is a problem meanwhile, and gets them again when somebody asks', async () => {
    const receiver = await startReceiver(status(500));
    const { webhook_id } = await create({ url: receiver.url });
    await finish(2);
    await deliver(2);
    await pass('11 minutes');
    const { problems } = await bench.queue.queueInfo({}, asOwner);
    expect(problems.filter(({ part }) => part === 'webhooks')).toMatchObject([
      { code: 'webhook_failing', message: expect.stringContaining(`127.0.0.1:${receiver.port}`) },
    ]);
    await pass('73 hours');
    await giveUpDeliveries(bench.db, 100);
    expect(await deliveries(webhook_id)).toMatchObject([{ status: 'failed' }, { status: 'failed' }]);
    receiver.answers(status(200));
    await send();
    expect(receiver.got).toHaveLength(2);
    const since = { webhook_id, failed_since: new Date(Date.now() - 3_600_000).toISOString() };
    expect(await bench.queue.redeliverWebhook(since, asOwner)).toEqual({ webhook_id, redelivered: 2, more: false });
    await send();
    expect(await deliveries(webhook_id)).toMatchObject([{ status: 'delivered' }, { status: 'delivered' }]);
    expect(new Set(receiver.got.map(({ headers }) => headers['webhook-id'])).size).toBe(2);
  });
});
