import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import type { CallContext } from '../../src/contract/principal.ts';
import { forgetDeliveries } from '../../src/ledger/webhooks/deliveries.ts';
import { textOf } from '../../src/words/answers.ts';
import { useGate } from '../support/gate.ts';
import { finished } from '../support/job-states.ts';
import { asOwner } from '../support/owner.ts';
import { startReceiver, status } from './support/receiver.ts';
import { createWebhookBench } from './support/webhook-bench.ts';

const bench = useGate();
const { create, deliver, send, pass, show, deliveries, one, finish } = createWebhookBench(bench);

const as = (user: number, tenant = 'default', ...more: 'act_as'[]): CallContext => ({
  principal: { tenant, user, scopes: new Set(['jobs:read', 'jobs:write', ...more]) },
});
const url = 'https://hooks.example/receipts';
const refusal = (call: Promise<unknown>) =>
  call.then(String, ({ code, fields }) => ({ code, pointer: fields[0]?.pointer }));

describe('[Q13] create_webhook', () => {
  it('shows a secret once, and makes no second webhook for the same address of the same owner', async () => {
    const made = await create({ url, description: 'books' });
    expect(made).toMatchObject({
      created: true,
      status: 'active',
      user_id: 1,
      secret: expect.stringMatching(/^whsec_[\w+/]{43}=$/),
    });
    expect(textOf('createWebhook', made).join('\n')).toContain(made.secret);
    expect(
      await create({ url, description: 'books', events: ['job.canceled', 'job.failed', 'job.finished', 'job.failed'] }),
    ).toMatchObject({
      webhook_id: made.webhook_id,
      created: false,
      secret: null,
    });
    expect(await refusal(create({ url, events: ['job.failed'] }))).toEqual({ code: 'webhook_exists', pointer: '/url' });
    const { webhook_id, ...others } = await create({ url, user_id: 2 });
    expect(webhook_id).not.toBe(made.webhook_id);
    const secretText = made.secret ?? '';
    for (const told of [await show(made.webhook_id), others, await bench.queue.listWebhooks({}, asOwner)]) {
      expect(JSON.stringify(told)).not.toContain(secretText);
    }
  });

  it('makes no more than a user may have, however many callers try at once', async () => {
    const tries = Array.from({ length: 24 }, (_, nth) => refusal(create({ url: `${url}/${nth}` })));
    const refused = (await Promise.all(tries)).filter((each) => typeof each === 'object');
    expect(refused).toEqual(Array(4).fill({ code: 'too_many_webhooks', pointer: undefined }));
  });

  it.each([
    ['an address that is none', { url: 'hooks.example' }, '/url'],
    ['no event', { url, events: [] }, '/events'],
    ['an unknown event', { url, events: ['job.begun'] }, '/events/0'],
    ['a description of two lines', { url, description: 'a\nb' }, '/description'],
    ['a user beside all', { url, user_id: 2, all_users: true as const }, '/all_users'],
  ])('refuses %s and names the field', async (_what, asked, pointer) => {
    expect(await refusal(create(asked))).toEqual({ code: 'invalid_argument', pointer });
    expect((await bench.queue.listWebhooks({}, asOwner)).webhooks).toEqual([]);
  });
});

describe('[Q13] [S1] a webhook of somebody else', () => {
  const calls = (webhook_id: string, by: CallContext) => [
    bench.queue.getWebhook({ webhook_id }, by),
    bench.queue.updateWebhook({ webhook_id, url: 'http://no' }, by),
    bench.queue.rotateWebhookSecret({ webhook_id }, by),
    bench.queue.testWebhook({ webhook_id }, by),
    bench.queue.listDeliveries({ webhook_id }, by),
    bench.queue.redeliverWebhook({ webhook_id }, by),
    bench.queue.deleteWebhook({ webhook_id }, by),
  ];

  it('is answered like one that does not exist by every call, for another user and another tenant', async () => {
    const { webhook_id } = await create({ url });
    const all = await create({ url, all_users: true });
    for (const by of [as(2), as(1, 'tenant-b'), as(1, 'tenant-b', 'act_as')]) {
      for (const refused of await Promise.all(calls(webhook_id, by).map(refusal))) {
        expect(refused).toEqual({ code: 'webhook_not_found', pointer: '/webhook_id' });
      }
      expect((await bench.queue.listWebhooks({}, by)).webhooks).toEqual([]);
    }
    // That of the tenant is none of a single user's.
    for (const refused of await Promise.all(calls(all.webhook_id, as(1)).map(refusal))) {
      expect(refused).toMatchObject({ code: 'webhook_not_found' });
    }
    expect(await show(webhook_id)).toMatchObject({ status: 'active', url });
    expect(
      await refusal(bench.queue.createWebhook({ url, events: ['job.failed'], all_users: true }, as(1))),
    ).toMatchObject({
      code: 'forbidden',
    });
  });

  it('is told of no event of another user or tenant, and that of a tenant of all its users', async () => {
    const [own, of2, ofAll, ofB] = [
      await startReceiver(),
      await startReceiver(),
      await startReceiver(),
      await startReceiver(),
    ];
    await create({ url: own.url });
    await create({ url: of2.url, user_id: 2 });
    await create({ url: ofAll.url, all_users: true });
    await bench.queue.createWebhook(
      { url: ofB.url, events: ['job.finished'], all_users: true },
      as(1, 'tenant-b', 'act_as'),
    );
    const run = await finished(bench.db);
    await bench.db.query(
      `insert into pantry_queue.events (tenant_id, user_id, kind, data) values ('tenant-b', 1, 'finished', '{}')`,
    );
    await deliver(3);
    const told = (got: readonly { body: string }[]) => got.map(({ body }) => JSON.parse(body).data.receipt_id);
    expect([own, of2, ofAll, ofB].map(({ got }) => told(got))).toEqual([[run.subject], [], [run.subject], [null]]);
  });
});

describe('[Q13] the secrets of a webhook', () => {
  it('sign together for a day after a rotation, and no more than two do', async () => {
    const receiver = await startReceiver();
    const { webhook_id, secret } = await create({ url: receiver.url });
    const { secret: second, old_secret_until } = await bench.queue.rotateWebhookSecret({ webhook_id }, asOwner);
    expect(old_secret_until).not.toBeNull();
    const verified = (by: string | null) => {
      const { body, headers } = receiver.got.at(-1) ?? { body: '', headers: {} };
      try {
        return new Webhook(by ?? '').verify(body, headers as Record<string, string>) !== undefined;
      } catch {
        return false;
      }
    };
    await bench.queue.testWebhook({ webhook_id }, asOwner);
    expect([secret, second].map(verified)).toEqual([true, true]);
    const { secret: third } = await bench.queue.rotateWebhookSecret({ webhook_id }, asOwner);
    await bench.queue.testWebhook({ webhook_id }, asOwner);
    expect([secret, second, third].map(verified)).toEqual([false, true, true]);
    await pass('25 hours');
    await bench.queue.testWebhook({ webhook_id }, asOwner);
    expect([second, third].map(verified)).toEqual([false, true]);
    await forgetDeliveries(bench.db, 10);
    const [row] = await bench.db.query('select old_secret from pantry_queue.webhooks');
    expect(row).toEqual({ old_secret: null });
  });
});

describe('[Q13] test_webhook', () => {
  it('sends once and tells what the endpoint answered, also of a webhook that is paused', async () => {
    const receiver = await startReceiver((response) => void response.writeHead(418).end('short\u0000 and\nstout'));
    const { webhook_id } = await create({ url: receiver.url });
    await bench.queue.updateWebhook({ webhook_id, webhook_status: 'paused' }, asOwner);
    expect(await bench.queue.testWebhook({ webhook_id }, asOwner)).toMatchObject({
      type: 'webhook.test',
      status: 'failed',
      tries: 1,
      http_status: 418,
      error: 'http_status',
      answer: 'short and stout',
    });
    await pass('10 seconds');
    await send();
    expect(receiver.got).toHaveLength(1);
    receiver.answers(status(200));
    expect(await bench.queue.testWebhook({ webhook_id }, asOwner)).toMatchObject({
      status: 'delivered',
      http_status: 200,
    });
  });
});

describe('[Q13] update_webhook', () => {
  it('pauses a webhook, whose messages wait, and lets it go on with them', async () => {
    const receiver = await startReceiver();
    const { webhook_id } = await create({ url: receiver.url });
    await bench.queue.updateWebhook({ webhook_id, webhook_status: 'paused' }, asOwner);
    await finish(2);
    await deliver(2);
    expect(receiver.got).toEqual([]);
    expect(await show(webhook_id)).toMatchObject({ status: 'paused', status_by: 'user 1' });
    await bench.queue.updateWebhook({ webhook_id, webhook_status: 'active' }, asOwner);
    await send();
    expect(receiver.got).toHaveLength(2);
  });

  it('turns one on that was gone, with another address: it is told of what happens from then on', async () => {
    const [gone, back] = [await startReceiver(status(410)), await startReceiver()];
    const { webhook_id } = await create({ url: gone.url });
    await finish(1);
    await deliver();
    await finish(1);
    // Of a transaction that ended long before the change.
    await bench.db.query(`update pantry_queue.events set xid = '3' where kind = 'finished'`);
    await bench.queue.updateWebhook({ webhook_id, url: back.url, webhook_status: 'active' }, asOwner);
    const run = await finished(bench.db);
    await deliver();
    expect(back.got.map(({ body }) => JSON.parse(body).data.receipt_id)).toEqual([run.subject]);
    expect(await show(webhook_id)).toMatchObject({ status: 'active', failing: null });
  });

  it('changes address, events and description, and refuses an address that another webhook has', async () => {
    const { webhook_id } = await create({ url });
    await create({ url: `${url}/2` });
    const changes = { url: `${url}/3`, events: ['batch.finished'], description: 'archive' };
    expect(await bench.queue.updateWebhook({ webhook_id, ...changes }, asOwner)).toMatchObject(changes);
    expect(await bench.queue.updateWebhook({ webhook_id, description: '' }, asOwner)).toMatchObject({
      description: null,
      url: changes.url,
    });
    expect(await refusal(bench.queue.updateWebhook({ webhook_id, url: `${url}/2` }, asOwner))).toMatchObject({
      code: 'webhook_exists',
    });
    expect(await refusal(bench.queue.updateWebhook({ webhook_id, url: 'ftp://x' }, asOwner))).toMatchObject({
      code: 'invalid_argument',
    });
    expect(await show(webhook_id)).toMatchObject({ url: changes.url });
  });
});

describe('[Q13] redeliver_webhook and delete_webhook', () => {
  it('send one message again, with its id and bytes, and refuse what was never sent', async () => {
    const receiver = await startReceiver();
    const { webhook_id } = await create({ url: receiver.url });
    await finish(1);
    await deliver();
    const { message_id } = await one(webhook_id);
    expect(await bench.queue.redeliverWebhook({ webhook_id, message_id }, asOwner)).toMatchObject({
      redelivered: 1,
      more: false,
    });
    await send();
    expect(receiver.got).toHaveLength(2);
    expect(receiver.got[1]?.body).toBe(receiver.got[0]?.body);
    expect(receiver.got[1]?.headers['webhook-id']).toBe(message_id);
    expect(await refusal(bench.queue.redeliverWebhook({ webhook_id, message_id: 'none' }, asOwner))).toEqual({
      code: 'delivery_not_found',
      pointer: '/message_id',
    });
    for (const both of [{}, { message_id, failed_since: '2026-01-01T00:00:00Z' }]) {
      expect(await refusal(bench.queue.redeliverWebhook({ webhook_id, ...both }, asOwner))).toMatchObject({
        code: 'invalid_argument',
      });
    }
  });

  it('delete what waits as well, slice by slice, and keep ended deliveries for seven days', async () => {
    const receiver = await startReceiver(status(500));
    const { webhook_id } = await create({ url: receiver.url });
    await finish(3);
    await deliver(3);
    const kept = await create({ url: (await startReceiver()).url });
    await finish(1);
    await deliver();
    expect(await bench.queue.deleteWebhook({ webhook_id }, asOwner)).toEqual({ webhook_id, deleted: true });
    await pass('1 minute');
    const before = receiver.got.length;
    await send();
    expect(receiver.got).toHaveLength(before);
    const left = async () => {
      const [row] = await bench.db.query(
        `select (select count(*)::int from pantry_queue.webhooks) as webhooks, (select count(*)::int from pantry_queue.deliveries) as deliveries`,
      );
      return row;
    };
    await forgetDeliveries(bench.db, 3);
    expect(await left()).toEqual({ webhooks: 2, deliveries: 2 });
    await forgetDeliveries(bench.db, 3);
    expect(await left()).toEqual({ webhooks: 1, deliveries: 1 });
    await pass('6 days');
    await forgetDeliveries(bench.db, 3);
    expect(await deliveries(kept.webhook_id)).toHaveLength(1);
    await pass('25 hours');
    await forgetDeliveries(bench.db, 3);
    expect(await deliveries(kept.webhook_id)).toEqual([]);
  });

  it('list deliveries page by page and by their outcome', async () => {
    const receiver = await startReceiver();
    const { webhook_id } = await create({ url: receiver.url });
    await finish(3);
    await deliver(3);
    const first = await bench.queue.listDeliveries({ webhook_id, outcome: 'delivered', limit: 2 }, asOwner);
    const cursor = first.next_cursor ?? '';
    const second = await bench.queue.listDeliveries({ webhook_id, outcome: 'delivered', limit: 2, cursor }, asOwner);
    expect([...first.deliveries, ...second.deliveries]).toEqual(await deliveries(webhook_id));
    expect((await bench.queue.listDeliveries({ webhook_id, outcome: 'failed' }, asOwner)).deliveries).toEqual([]);
  });
});
