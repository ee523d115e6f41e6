import type { DeliveryOutcome } from '../../contract/webhook-policies.ts';
import { WEBHOOKS } from '../../contract/webhook-policies.ts';
import type { Queryable } from '../connection/queryable.ts';
import type { Db } from '../db.ts';
import { type Key, keyset } from '../keyset.ts';
import { WAKE_NOW } from './webhook-events.ts';

export type DeliveryRow = {
  delivery_no: number;
  message_id: string;
  type: string;
  body: string;
  created_at: Date;
  tries: number;
  tried_at: Date | null;
  sending: boolean;
  next_try_at: Date | null;
  http_status: number | null;
  error: string | null;
  ms: number | null;
  answer: string | null;
  outcome: DeliveryOutcome;
  ended_at: Date | null;
};

const COLUMNS = `d.delivery_no, d.message_id, d.type, d.body, d.created_at, d.tries, d.tried_at, d.sending, d.next_try_at,
  d.http_status, d.error, d.ms, d.answer, d.outcome, d.ended_at`;

const NEWEST_FIRST = keyset('desc', [{ sql: 'd.delivery_no', type: 'bigint' }]);

export function listDeliveries(
  db: Db,
  webhookNo: number,
  { outcome, after, limit }: { outcome: DeliveryOutcome | undefined; after: Key | undefined; limit: number },
): Promise<DeliveryRow[]> {
  const such = outcome === undefined ? '' : 'and d.outcome = $3';
  const values = [webhookNo, limit, ...(outcome === undefined ? [] : [outcome])];
  return db.search.query<DeliveryRow>(
    `select ${COLUMNS} from pantry_queue.deliveries d
     where d.webhook_no = $1 ${such} and d.delivery_no > 0 and ${NEWEST_FIRST.after(after, values.length + 1)} ${NEWEST_FIRST.orderBy} limit $2`,
    [...values, ...(after ?? [])],
  );
}

export async function readDelivery(db: Queryable, deliveryNo: number): Promise<DeliveryRow> {
  const text = `select ${COLUMNS} from pantry_queue.deliveries d where d.delivery_no = $1`;
  const [row] = await db.query<DeliveryRow>(text, [deliveryNo]);
  if (!row) throw new Error('a delivery that was made is not there');
  return row;
}

/** Shorter than the first pause: what is not taken then is given up. */
const TEST_S = Math.floor(WEBHOOKS.backoffS[0] * (1 - WEBHOOKS.jitter));

/** A delivery that is tried once. @returns its number */
export async function addTestDelivery(
  db: Queryable,
  {
    webhookNo,
    tenant,
    messageId,
    type,
    body,
  }: { webhookNo: number; tenant: string; messageId: string; type: string; body: string },
): Promise<number> {
  const [row] = await db.query<{ delivery_no: number }>(
    `insert into pantry_queue.deliveries (webhook_no, tenant_id, message_id, type, body, next_try_at, give_up_at)
     values ($1, $2, $3, $4, $5, now(), now() + interval '${TEST_S} seconds') returning delivery_no`,
    [webhookNo, tenant, messageId, type, body],
  );
  if (!row) throw new Error('an insert gave no row');
  return row.delivery_no;
}

/** SQL: a delivery begins anew; one that waits is due at once, one that is being sent stays so. */
const again = (which: string) => `
with due as (
  update pantry_queue.deliveries d set outcome = 'open', ended_at = null, next_try_at = now(),
    tries = case when d.outcome = 'open' then d.tries else 0 end,
    give_up_at = greatest(d.give_up_at, now() + interval '${WEBHOOKS.triedForS} seconds')
  where not d.sending and d.delivery_no = any (array(${which}))
  returning d.delivery_no
), woken as (
  update pantry_queue.webhooks set wake_at = ${WAKE_NOW} where webhook_no = $1 and exists (select from due)
)`;

const ONE_AGAIN = `${again('select delivery_no from pantry_queue.deliveries where webhook_no = $1 and message_id = $2')}
select (select count(*)::int from due) as due, exists (
  select from pantry_queue.deliveries where webhook_no = $1 and message_id = $2) as there`;

/** @returns undefined when the webhook was sent no such message; else how many are due: 0 while it is being sent */
export async function redeliverOne(db: Queryable, webhookNo: number, messageId: string): Promise<number | undefined> {
  const [row] = await db.query<{ due: number; there: boolean }>(ONE_AGAIN, [webhookNo, messageId]);
  return row?.there ? row.due : undefined;
}

const FAILED_AGAIN = `${again(`select delivery_no from pantry_queue.deliveries
  where webhook_no = $1 and outcome = 'failed' and ended_at >= $2 order by ended_at limit $3 for update skip locked`)}
select count(*)::int as due from due`;

/** The oldest first, at most `limit`. @returns how many are due */
export async function redeliverFailed(db: Queryable, webhookNo: number, since: Date, limit: number): Promise<number> {
  const [row] = await db.query<{ due: number }>(FAILED_AGAIN, [webhookNo, since, limit]);
  return row?.due ?? 0;
}

const GIVE_UP = `
update pantry_queue.deliveries set outcome = 'failed', ended_at = now(), next_try_at = null, sending = false,
  error = coalesce(case when sending then 'lost' else error end, 'gave_up')
where delivery_no = any (array(
  select delivery_no from pantry_queue.deliveries
  where outcome = 'open' and give_up_at < now() and (not sending or next_try_at < now())
  order by give_up_at limit $1 for update skip locked))`;

/** Deliveries whose time is up, whatever they wait for: a webhook that is paused, an endpoint that takes nothing. */
export async function giveUpDeliveries(db: Db, limit: number): Promise<void> {
  await db.query(GIVE_UP, [limit]);
}

const FORGET = `
delete from pantry_queue.deliveries where delivery_no = any (array(
  select delivery_no from pantry_queue.deliveries where outcome <> 'open' and ended_at < now() - make_interval(secs => $1)
  order by ended_at limit $2 for update skip locked))`;

const FORGET_DELETED = `
with gone as materialized (
  select webhook_no from pantry_queue.webhooks where deleted_at is not null order by webhook_no limit 1 for update skip locked
), emptied as (
  delete from pantry_queue.deliveries d where d.delivery_no = any (array(
    select d.delivery_no from gone join pantry_queue.deliveries d using (webhook_no) limit $1)) returning d.delivery_no
)
delete from pantry_queue.webhooks w using gone
where w.webhook_no = gone.webhook_no and (select count(*) from emptied) < $1`;

const FORGET_SECRETS = `
update pantry_queue.webhooks set old_secret = null, old_secret_until = null where old_secret_until <= clock_timestamp()`;

/** Removes what is past its time: deliveries that have ended, those of deleted webhooks, secrets that were replaced. */
export async function forgetDeliveries(db: Db, limit: number, keptS: number = WEBHOOKS.keptS): Promise<void> {
  await db.query(FORGET, [keptS, limit]);
  await db.query(FORGET_DELETED, [limit]);
  await db.query(FORGET_SECRETS);
}
