import type { EventKind } from '../../contract/events.ts';
import { WEBHOOKS } from '../../contract/webhook-policies.ts';
import { WEBHOOK_TYPE_OF } from '../../contract/webhook-types.ts';
import type { Queryable } from '../connection/queryable.ts';
import type { Db } from '../db.ts';
import type { Position } from '../feed.ts';

/** A final event that one webhook is to be told of. */
export type WatchedEvent = {
  webhook_no: number;
  tenant_id: string;
  cluster: string | null;
  epoch: number;
  xid: string;
  id: number;
  kind: EventKind;
  /** Null: about no single job. */
  job_kind: string | null;
  subject: number | null;
  generation: number | null;
  user_id: number;
  batch_id: string | null;
  state: string | null;
  attempt: number | null;
  data: unknown;
  at: Date;
};

/** What becomes a delivery. */
export interface Message {
  readonly webhookNo: number;
  readonly tenant: string;
  readonly messageId: string;
  readonly type: string;
  readonly body: string;
}

type PageRow = {
  next_epoch: number;
  next_xid: string;
  next_id: number;
  moves: boolean;
  more: boolean;
  unsettled: boolean;
  event: (Omit<WatchedEvent, 'at'> & { at: string }) | null;
};

/**
 * The next final events, with the webhooks that are told of them. It begins where no webhook has asked for anything that
 * lies before. Who finds the place taken leaves the work to the process that has it.
 */
const PAGE = `
with place as materialized (
  select epoch, xid, id from pantry_queue.webhook_place for update skip locked
), first as materialized (
  select since_epoch as epoch, since_xid as xid, 0::bigint as id from pantry_queue.webhooks
  where deleted_at is null and status <> 'disabled' order by since_epoch, since_xid limit 1
), span as materialized (
  -- Of the epoch in which it begins; a closed one ends with the last transaction before the next.
  select l.epoch, l.xid, l.id, e.cluster, e.first_id, n.first_id as end_id,
    coalesce((n.prior_xid::text::numeric + 1)::text::xid8, pg_snapshot_xmin(pg_current_snapshot())) as before_xid
  from (
    select * from (table place union all table first) b
    where exists (table place) and exists (table first) order by epoch desc, xid desc, id desc limit 1
  ) l join pantry_queue.epochs e on e.epoch = l.epoch left join pantry_queue.epochs n on n.epoch = l.epoch + 1
), page as materialized (
  select e.* from span s cross join lateral (
    select * from pantry_queue.events e
    where (e.xid, e.id) > (s.xid, s.id) and e.xid < s.before_xid and e.id >= s.first_id and (s.end_id is null or e.id < s.end_id)
    order by e.xid, e.id limit $1) e
), last as (
  select xid, id from page order by xid desc, id desc limit 1
), told as (
  select w.webhook_no, w.tenant_id, s.cluster, s.epoch, e.xid::text, e.id, e.kind, j.kind as job_kind, j.subject, j.generation,
    e.user_id, e.batch_id, e.state, e.attempt, e.data - 'result_hash' as data, e.at
  from span s cross join page e join unnest($2::text[], $3::text[]) t (kind, type) on t.kind = e.kind
    -- For each event by its user: joined freely, the webhooks of all users are read for a page.
    cross join lateral (
      select * from pantry_queue.webhooks w where w.tenant_id = e.tenant_id and w.user_id = any (array[e.user_id, 0])
        and t.type = any (w.events) and w.deleted_at is null and w.webhook_no > 0
        and case when w.status = 'disabled' then false else (s.epoch, e.xid) >= (w.since_epoch, w.since_xid) end
      offset 0) w
    left join pantry_queue.jobs j on j.job_no = e.job_no
)
select case when ended then s.epoch + 1 else s.epoch end as next_epoch,
  case when ended then '0' else coalesce(l.xid, s.xid)::text end as next_xid,
  case when ended then 0 else coalesce(l.id, s.id) end as next_id,
  ended or n.events > 0 as moves, ended or n.events = $1 as more, s.before_xid < pg_snapshot_xmax(pg_current_snapshot()) as unsettled, to_jsonb(t) as event
from span s cross join (select count(*) as events from page) n
  cross join lateral (select s.end_id is not null and n.events < $1) o (ended)
  left join last l on true left join told t on true
order by t.xid::xid8, t.id, t.webhook_no`;

const MOVE = 'update pantry_queue.webhook_place set epoch = $1, xid = $2::xid8, id = $3';

const INSERT = `
insert into pantry_queue.deliveries (webhook_no, tenant_id, message_id, type, body, next_try_at, give_up_at)
select m.*, now(), now() + interval '${WEBHOOKS.triedForS} seconds'
from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[]) m`;

/**
 * SQL: when a webhook that has something to send wakes; never while it is not active. As a case, not a condition, which
 * would make the indexes of all active webhooks candidates.
 */
export const WAKE_NOW = `case when status = 'active' and deleted_at is null then least(wake_at, greatest(hold_until, now())) end`;

const WAKE = `update pantry_queue.webhooks set wake_at = ${WAKE_NOW} where webhook_no = any ($1::bigint[])`;

async function addDeliveries(tx: Queryable, messages: readonly Message[]): Promise<void> {
  const column = (of: (message: Message) => unknown) => messages.map(of);
  await tx.query(INSERT, [
    column(({ webhookNo }) => webhookNo),
    column(({ tenant }) => tenant),
    column(({ messageId }) => messageId),
    column(({ type }) => type),
    column(({ body }) => body),
  ]);
  await tx.query(WAKE, [[...new Set(messages.map(({ webhookNo }) => webhookNo))]]);
}

/** How far the events have become deliveries. */
export interface Told {
  /** False: there is no webhook to tell, or somebody else does at this moment. */
  readonly looked: boolean;
  readonly deliveries: number;
  /** More can be read at once. */
  readonly more: boolean;
  /** Transactions are under way that may still write before what was read. */
  readonly unsettled: boolean;
}

/**
 * Makes deliveries of the next final events, in the commit that moves the place behind them: each event becomes one
 * delivery for each webhook that is told of it, whichever process reads it, and however late its writer commits.
 * @param messageOf what is sent of an event
 */
export function tellWebhooks(
  db: Db,
  messageOf: (
    event: Omit<WatchedEvent, 'xid'> & { readonly position: Position },
  ) => Pick<Message, 'messageId' | 'type' | 'body'>,
  page: number = WEBHOOKS.page,
): Promise<Told> {
  return db.transaction(async (tx) => {
    const rows = await tx.query<PageRow>(PAGE, [page, [...WEBHOOK_TYPE_OF.keys()], [...WEBHOOK_TYPE_OF.values()]]);
    const [first] = rows;
    if (!first) return { looked: false, deliveries: 0, more: false, unsettled: false };
    const messages = rows.flatMap(({ event }) => {
      if (!event) return [];
      const { xid, ...of } = event;
      const position = { epoch: of.epoch, xid: BigInt(xid), id: of.id };
      const message = messageOf({ ...of, at: new Date(of.at), position });
      return { webhookNo: of.webhook_no, tenant: of.tenant_id, ...message };
    });
    if (messages.length > 0) await addDeliveries(tx, messages);
    if (first.moves) await tx.query(MOVE, [first.next_epoch, first.next_xid, first.next_id]);
    return { looked: true, deliveries: messages.length, more: first.more, unsettled: first.unsettled };
  });
}

/** SQL: some webhook may still have to be told of the event `e`. */
export const NOT_TOLD = `((select max(p.epoch) from pantry_queue.epochs p where p.first_id <= e.id), e.xid, e.id)
    > (select epoch, xid, id from pantry_queue.webhook_place)
  and exists (
    select from pantry_queue.webhooks w where w.deleted_at is null and w.status <> 'disabled'
      and (w.since_epoch, w.since_xid) <= ((select max(p.epoch) from pantry_queue.epochs p where p.first_id <= e.id), e.xid))`;
