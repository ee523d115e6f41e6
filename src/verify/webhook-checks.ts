import { WEBHOOK_TYPE_OF } from '../contract/webhook-types.ts';
import { NOT_TOLD } from '../ledger/webhooks/webhook-events.ts';
import type { CoreCheck } from './checks.ts';

const TYPES = [...WEBHOOK_TYPE_OF].map(([kind, type]) => `('${kind}', '${type}')`).join(', ');

/** Final events of a while ago, for a webhook that is told of such. */
const UNTOLD = `
select w.webhook_id as id from pantry_queue.webhooks w
where w.deleted_at is null and w.status <> 'disabled' and exists (
  select from pantry_queue.events e join (values ${TYPES}) t (kind, type) on t.kind = e.kind
  where e.tenant_id = w.tenant_id and w.user_id in (e.user_id, 0) and t.type = any (w.events)
    and e.at < now() - make_interval(secs => $1 / 1000.0) and e.xid < pg_snapshot_xmin(pg_current_snapshot())
    and e.xid >= w.since_xid and ${NOT_TOLD})
order by 1`;

const OVERDUE = `
select webhook_id as id from pantry_queue.webhooks
where wake_at < now() - make_interval(secs => $1 / 1000.0)
order by 1`;

/** Nobody would look at it again. */
const ASLEEP = `
select w.webhook_id as id from pantry_queue.webhooks w
where w.status = 'active' and w.deleted_at is null and w.wake_at is null
  and exists (select from pantry_queue.deliveries d where d.webhook_no = w.webhook_no and d.outcome = 'open')
order by 1`;

/** Whatever its webhook does, a message has an end. */
const UNENDED = `
select distinct coalesce(w.webhook_id, 'webhook number ' || d.webhook_no) as id
from pantry_queue.deliveries d left join pantry_queue.webhooks w using (webhook_no)
where d.outcome = 'open' and d.give_up_at < now() - make_interval(secs => $1 / 1000.0)
  and (not d.sending or d.next_try_at < now() - make_interval(secs => $1 / 1000.0))
order by 1`;

const ORPHANED = `
select distinct 'webhook number ' || d.webhook_no as id from pantry_queue.deliveries d
where not exists (select from pantry_queue.webhooks w where w.webhook_no = d.webhook_no and w.tenant_id = d.tenant_id)
order by 1`;

/** Each with the milliseconds after which something is overdue as $1, where it says so. */
export const WEBHOOK_CHECKS = {
  webhook_untold: { sql: UNTOLD, timed: true },
  webhook_overdue: { sql: OVERDUE, timed: true },
  webhook_asleep: { sql: ASLEEP, timed: false },
  delivery_unended: { sql: UNENDED, timed: true },
  delivery_orphaned: { sql: ORPHANED, timed: false },
} as const satisfies Partial<Record<CoreCheck, { readonly sql: string; readonly timed: boolean }>>;
