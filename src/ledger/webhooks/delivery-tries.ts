import type { DeliveryError } from '../../contract/webhook-policies.ts';
import { WEBHOOKS } from '../../contract/webhook-policies.ts';
import type { Queryable } from '../connection/queryable.ts';
import type { Db } from '../db.ts';
import { recordEvent } from '../event.ts';

/** One try of one delivery, claimed by this process. */
export type ClaimedTry = {
  delivery_no: number;
  webhook_no: number;
  webhook_id: string;
  /** Which try it is: what comes back of another one changes nothing. */
  tries: number;
  url: string;
  message_id: string;
  body: string;
  /** The newest first. */
  secrets: string[];
  /** Of the ledger's clock. */
  at: Date;
};

const LEASE = `clock_timestamp() + interval '${WEBHOOKS.lostAfterMs} milliseconds'`;

/** SQL: how many tries a webhook `w` may have under way. */
const AT_ONCE = `case when w.failures >= ${WEBHOOKS.troubledAfter} then 1 else ${WEBHOOKS.atOnce} end`;

/** Those that are due, the longest first; whose row somebody else works on is left to them. */
const LOCK_DUE = `
select webhook_no from pantry_queue.webhooks where wake_at <= clock_timestamp()
order by wake_at limit $1 for update skip locked`;

/** With a snapshot of its own, taken when the webhooks are locked: it sees what the process before has claimed. */
const TAKE = `
with due as materialized (
  select d.delivery_no from pantry_queue.webhooks w cross join lateral (
    select ${AT_ONCE} - count(*) as room from pantry_queue.deliveries s
    where s.webhook_no = w.webhook_no and s.sending and s.next_try_at > clock_timestamp()
  ) r cross join lateral (
    select delivery_no from pantry_queue.deliveries d
    where d.webhook_no = w.webhook_no and d.outcome = 'open' and d.next_try_at <= clock_timestamp()
      and ($3::bigint is null or d.delivery_no = $3)
    order by d.next_try_at limit greatest(r.room, 0) for update skip locked
  ) d
  where w.webhook_no = any ($1::bigint[]) limit $2
), taken as (
  update pantry_queue.deliveries d
  set sending = true, tries = d.tries + 1, tried_at = clock_timestamp(), next_try_at = ${LEASE},
    error = case when d.sending then 'lost' else d.error end
  from due where d.delivery_no = due.delivery_no
  returning d.delivery_no, d.webhook_no, d.tries, d.message_id, d.body
)
select t.*, w.webhook_id, w.url, clock_timestamp() as at,
  array_remove(array[w.secret, case when w.old_secret_until > clock_timestamp() then w.old_secret end], null) as secrets
from taken t join pantry_queue.webhooks w using (webhook_no)`;

/** When somebody should look at a webhook again: a try may begin, or one counts as lost. */
const MOVE = `
update pantry_queue.webhooks w
set wake_at = case when w.status <> 'active' or w.deleted_at is not null then null
  when u.sending >= ${AT_ONCE} then u.lost_at else greatest(w.hold_until, o.next_at) end
from unnest($1::bigint[]) n (webhook_no) cross join lateral (
  select count(*) as sending, min(next_try_at) as lost_at from pantry_queue.deliveries d
  where d.webhook_no = n.webhook_no and d.sending and d.next_try_at > clock_timestamp()
) u cross join lateral (
  select (select next_try_at from pantry_queue.deliveries d where d.webhook_no = n.webhook_no and d.outcome = 'open'
    order by next_try_at limit 1) as next_at
) o
where w.webhook_no = n.webhook_no`;

async function claimOf(
  tx: Queryable,
  webhooks: readonly { webhook_no: number }[],
  limit: number,
  deliveryNo: number | null = null,
): Promise<ClaimedTry[]> {
  if (webhooks.length === 0) return [];
  const nos = webhooks.map(({ webhook_no }) => webhook_no);
  const claimed = await tx.query<ClaimedTry>(TAKE, [nos, limit, deliveryNo]);
  await tx.query(MOVE, [nos]);
  return claimed;
}

/**
 * Claims tries that are due: of each webhook at most so many that four are under way over all processes, one of those
 * whose endpoint fails again and again.
 * @param limit tries of this call
 */
export function claimTries(db: Db, limit: number): Promise<ClaimedTry[]> {
  return db.transaction(async (tx) => {
    const due = await tx.query<{ webhook_no: number }>(LOCK_DUE, [limit]);
    return claimOf(tx, due, limit);
  });
}

/** Claims one delivery that is due, whatever the status of its webhook. @returns undefined where there is no room */
export function claimTry(db: Db, webhookNo: number, deliveryNo: number): Promise<ClaimedTry | undefined> {
  return db.transaction(async (tx) => {
    const locked = await tx.query<{ webhook_no: number }>(
      'select webhook_no from pantry_queue.webhooks where webhook_no = $1 and deleted_at is null for update',
      [webhookNo],
    );
    return (await claimOf(tx, locked, 1, deliveryNo))[0];
  });
}

/** What came of a try. */
export interface TryEnd {
  /** Null: it was taken. */
  readonly error: DeliveryError | null;
  readonly httpStatus: number | null;
  /** What the endpoint asked for. */
  readonly retryAfterS: number | null;
  readonly ms: number;
  readonly answer: string | null;
}

/** SQL: the pause after a delivery's latest try, a little longer or shorter each time. */
const PAUSE = `(array[${WEBHOOKS.backoffS.join(', ')}])[least(d.tries, ${WEBHOOKS.backoffS.length})]
  * (1 + ${WEBHOOKS.jitter} * (2 * random() - 1))`;
/** SQL: the pause of an endpoint that has failed again and again. */
const PROBE = `least(${WEBHOOKS.probes.maxS}, ${WEBHOOKS.probes.firstS} * 2 ^ least(w.failures + 1 - ${WEBHOOKS.troubledAfter}, 10))`;

/**
 * Of a try that is still this process's: what becomes of the delivery, and of its webhook. Once an endpoint takes one
 * again, those that it refused meanwhile are due at once.
 */
const RECORD = `
with tried as (
  update pantry_queue.deliveries d set sending = false, http_status = $4, error = $3, ms = $6, answer = $7,
    next_try_at = case when p.outcome = 'open' then p.next_at end, outcome = p.outcome,
    ended_at = case when p.outcome = 'open' then null else now() end
  from (
    select d.delivery_no, n.next_at, case when $3::text is null then 'delivered'
      when $3 = 'gone' or n.next_at > d.give_up_at then 'failed' else 'open' end as outcome
    from pantry_queue.deliveries d cross join lateral (
      select now() + make_interval(secs => greatest(${PAUSE}, $5::float8)) as next_at
    ) n where d.delivery_no = $1
  ) p
  where d.delivery_no = p.delivery_no and d.tries = $2 and d.sending
  returning d.webhook_no
), hurried as (
  update pantry_queue.deliveries d set next_try_at = now()
  where $3::text is null and d.delivery_no = any (array(
    select r.delivery_no from tried t join pantry_queue.webhooks w on w.webhook_no = t.webhook_no
      join pantry_queue.deliveries r on r.webhook_no = w.webhook_no
    where r.outcome = 'open' and not r.sending and r.next_try_at > now() and r.tried_at >= w.failing_since
    order by r.next_try_at limit ${WEBHOOKS.redelivered} for update of r skip locked))
), noted as (
  update pantry_queue.webhooks w set last_error = coalesce($3, w.last_error),
    last_success_at = case when $3::text is null then now() else w.last_success_at end,
    failures = case when $3::text is null then 0 else w.failures + 1 end,
    failing_since = case when $3::text is not null then coalesce(w.failing_since, now()) end,
    hold_until = h.until,
    status = case when $3 = 'gone' then 'disabled' else w.status end,
    status_since = case when $3 = 'gone' and w.status <> 'disabled' then now() else w.status_since end,
    status_by = case when $3 = 'gone' then 'HTTP 410' else w.status_by end,
    wake_at = case when w.status = 'active' and w.deleted_at is null and $3 is distinct from 'gone' then greatest(h.until, now()) end
  from tried t cross join lateral (
    select case when $3::text is not null then now() + make_interval(secs =>
      greatest($5::float8, case when x.failures + 1 >= ${WEBHOOKS.troubledAfter} then ${PROBE.replaceAll('w.', 'x.')} end)) end as until
    from pantry_queue.webhooks x where x.webhook_no = t.webhook_no
  ) h
  where w.webhook_no = t.webhook_no
  returning w.status, w.status = 'disabled' and w.status_since = now() as is_new, w.webhook_id, w.tenant_id, w.user_id,
    null::bigint as job_no, null::text as batch_id
), told as (
  ${recordEvent("noted where $3 = 'gone' and is_new", 'webhook_disabled', {
    state: 'null',
    run: 'null::int',
    data: "jsonb_build_object('webhook_id', webhook_id)",
  })}
)
select status from noted`;

/**
 * Records what came of a try.
 * @returns undefined where it was lost meanwhile, and somebody else has begun another
 */
export async function recordTry(
  db: Db,
  { delivery_no, tries }: Pick<ClaimedTry, 'delivery_no' | 'tries'>,
  { error, httpStatus, retryAfterS, ms, answer }: TryEnd,
): Promise<{ status: string } | undefined> {
  const values = [delivery_no, tries, error, httpStatus, retryAfterS, ms, answer];
  return (await db.query<{ status: string }>(RECORD, values))[0];
}
