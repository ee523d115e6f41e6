import { expect, vi } from 'vitest';
import { WEBHOOK_TYPE_OF, WEBHOOK_TYPES } from '../../src/contract/webhook-types.ts';
import type { GateBench } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';
import { startReceiver, status } from '../webhooks/support/receiver.ts';

export const DELIVERY_OPS = ['receiver refuses', 'receiver takes', 'deliver'] as const;
export type DeliveryOp = (typeof DELIVERY_OPS)[number];

/** Longer than an endpoint that fails is left alone. */
const LATER = '2 hours';

/** A receiver that is told of everything that ends, in every sequence. */
export async function createRealDeliveries({ db, queue, webhooks }: GateBench) {
  const receiver = await startReceiver();
  const taken: { readonly id: string; readonly type: string }[] = [];
  const take = () =>
    receiver.answers((response, { body }) => {
      const { type, data } = JSON.parse(body) as { type: string; data: { id: string } };
      taken.push({ id: data.id, type });
      response.writeHead(200).end();
    });
  await queue.createWebhook({ url: receiver.url, events: WEBHOOK_TYPES, all_users: true }, asOwner);
  let lastEvent = 0;

  async function deliver(): Promise<void> {
    await webhooks.tell();
    // What a sweep has begun is under way: set back, it would count as lost and be sent again.
    await webhooks.idle();
    await db.query(
      `update pantry_queue.deliveries set next_try_at = next_try_at - $1::interval where outcome = 'open'`,
      [LATER],
    );
    await db.query(
      'update pantry_queue.webhooks set wake_at = wake_at - $1::interval, hold_until = hold_until - $1::interval',
      [LATER],
    );
    await webhooks.begin();
    await webhooks.idle();
  }

  async function perform(op: DeliveryOp): Promise<string> {
    if (op === 'deliver') await deliver();
    else if (op === 'receiver takes') take();
    else receiver.answers(status(500));
    return 'done';
  }

  /** A sequence begins: nothing is under way. */
  async function begin(): Promise<void> {
    take();
    taken.length = 0;
    const [row] = await db.query<{ last: number | null }>('select max(id) as last from pantry_queue.events');
    lastEvent = row?.last ?? 0;
  }

  /** Once the receiver takes messages, it has been told of each event of the sequence exactly once. */
  async function settle(): Promise<void> {
    take();
    const rows = await db.query<{ kind: string; n: number }>(
      'select kind, count(*)::int as n from pantry_queue.events where id > $1 and kind = any($2) group by 1',
      [lastEvent, [...WEBHOOK_TYPE_OF.keys()]],
    );
    const typeOf = new Map<string, string>(WEBHOOK_TYPE_OF);
    const told = Object.fromEntries(rows.map(({ kind, n }) => [typeOf.get(kind), n]));
    // Transactions of other tests keep an event from being final: a lock that they hold in the long form, for 40 s.
    await vi.waitFor(
      async () => {
        await deliver();
        const counts: Record<string, number> = {};
        for (const { type } of taken) counts[type] = (counts[type] ?? 0) + 1;
        expect(counts).toEqual(told);
      },
      { timeout: 90_000, interval: 20 },
    );
    expect(new Set(taken.map(({ id }) => id)).size).toBe(taken.length);
  }

  return { perform, begin, settle };
}

export type RealDeliveries = Awaited<ReturnType<typeof createRealDeliveries>>;
