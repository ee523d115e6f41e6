import type { Webhook } from '../../contract/operations/webhooks.ts';
import { WEBHOOKS } from '../../contract/webhook-policies.ts';
import type { Queryable } from '../connection/queryable.ts';
import type { Db } from '../db.ts';
import { type Key, keyset } from '../keyset.ts';

export type WebhookRow = {
  webhook_no: number;
  webhook_id: string;
  /** 0 = everybody in the tenant. */
  user_id: number;
  url: string;
  events: string[];
  description: string | null;
  status: Webhook['status'];
  status_since: Date;
  status_by: string | null;
  wake_at: Date | null;
  failures: number;
  failing_since: Date | null;
  last_error: string | null;
  last_success_at: Date | null;
  old_secret_until: Date | null;
  created_by: number;
  created_at: Date;
};

/** Secrets are no column of it: only who signs reads them. */
const COLUMNS = `w.webhook_no, w.webhook_id, w.user_id, w.url, w.events, w.description, w.status, w.status_since, w.status_by,
  w.wake_at, w.failures, w.failing_since, w.last_error, w.last_success_at,
  case when w.old_secret_until > clock_timestamp() then w.old_secret_until end as old_secret_until, w.created_by, w.created_at`;

/** Whose webhooks a caller may see and change: all of a tenant, or those of one user. */
export interface WebhookOwner {
  readonly tenant: string;
  readonly userId: number | undefined;
}

const OWN =
  'w.tenant_id = $1 and w.webhook_id = $2 and w.deleted_at is null and ($3::bigint is null or w.user_id = $3)';

/**
 * @param lock held until the transaction ends
 * @returns undefined when there is none, or it is somebody else's
 */
export async function readWebhook(
  db: Queryable,
  { tenant, userId }: WebhookOwner,
  webhookId: string,
  { lock }: { readonly lock: boolean } = { lock: false },
): Promise<WebhookRow | undefined> {
  const text = `select ${COLUMNS} from pantry_queue.webhooks w where ${OWN} ${lock ? 'for update' : ''}`;
  return (await db.query<WebhookRow>(text, [tenant, webhookId, userId ?? null]))[0];
}

const IN_ORDER = keyset('asc', [{ sql: 'w.webhook_no', type: 'bigint' }]);

/** The oldest first. */
export function listWebhooks(
  db: Db,
  { tenant, userId, after, limit }: WebhookOwner & { after: Key | undefined; limit: number },
): Promise<WebhookRow[]> {
  const own = userId === undefined ? 'and w.webhook_no >= 1' : 'and w.webhook_no > 0 and w.user_id = $3';
  const values = [tenant, limit, ...(userId === undefined ? [] : [userId])];
  return db.search.query<WebhookRow>(
    `select ${COLUMNS} from pantry_queue.webhooks w
     where w.tenant_id = $1 and w.deleted_at is null ${own} and ${IN_ORDER.after(after, values.length + 1)} ${IN_ORDER.orderBy} limit $2`,
    [...values, ...(after ?? [])],
  );
}

/** What a webhook is, besides how its endpoint does. */
export type Definition = Pick<WebhookRow, 'user_id' | 'url' | 'events' | 'description' | 'created_by'>;

/** Callers who make webhooks in one tenant wait for each other, so that they are counted one by one. */
const ALONE = `select pg_advisory_xact_lock(hashtextextended('pantry_queue webhooks of ' || $1, 0))`;

const COUNT = `
select (select count(*)::int from (select from pantry_queue.webhooks
    where tenant_id = $1 and deleted_at is null and webhook_no >= 1 limit ${WEBHOOKS.ofTenant}) t) as of_tenant,
  (select count(*)::int from (select from pantry_queue.webhooks
    where tenant_id = $1 and user_id = $2 and deleted_at is null and webhook_no > 0 limit ${WEBHOOKS.ofUser}) u) as of_user`;

/** Locks the webhooks of a tenant against further ones, until the transaction ends. */
export async function countWebhooks(
  tx: Queryable,
  tenant: string,
  userId: number,
): Promise<{ of_tenant: number; of_user: number }> {
  await tx.query(ALONE, [tenant]);
  const [counts] = await tx.query<{ of_tenant: number; of_user: number }>(COUNT, [tenant, userId]);
  if (!counts) throw new Error('a statement of one row gave none');
  return counts;
}

/** @returns undefined when its owner has none for the address */
export async function webhookOfUrl(
  db: Queryable,
  tenant: string,
  userId: number,
  url: string,
): Promise<WebhookRow | undefined> {
  const text = `select ${COLUMNS} from pantry_queue.webhooks w
    where w.tenant_id = $1 and w.user_id = $2 and w.url = $3 and w.deleted_at is null and w.user_id >= 0`;
  return (await db.query<WebhookRow>(text, [tenant, userId, url]))[0];
}

/** SQL: where its events begin. Anyone who commits later than this writes behind it. */
const FROM_NOW = `(select max(epoch) from pantry_queue.epochs), pg_snapshot_xmin(pg_current_snapshot())`;

const INSERT = `
insert into pantry_queue.webhooks as w
  (webhook_id, tenant_id, user_id, url, events, description, secret, created_by, since_epoch, since_xid)
values ('webhook-' || gen_random_uuid(), $1, $2, $3, $4, $5, $6, $7, ${FROM_NOW})
returning ${COLUMNS}`;

export async function insertWebhook(
  tx: Queryable,
  tenant: string,
  { user_id, url, events, description, created_by }: Definition,
  secret: string,
): Promise<WebhookRow> {
  const values = [tenant, user_id, url, events, description, secret, created_by];
  const [row] = await tx.query<WebhookRow>(INSERT, values);
  if (!row) throw new Error('an insert gave no row');
  return row;
}

/**
 * Another address begins without the failures of the one before; one that was disabled is told of what happens from now
 * on, since nothing was made for it meanwhile.
 */
const CHANGE = `
update pantry_queue.webhooks w set url = $2, events = $3, description = $4, status = $5,
  status_since = case when w.status = $5 then w.status_since else now() end,
  status_by = case when w.status = $5 then w.status_by else $6 end,
  (since_epoch, since_xid) = (select s.* from (values (w.since_epoch, w.since_xid)) s where w.status <> 'disabled'
    union all select ${FROM_NOW} where w.status = 'disabled'),
  failures = case when fresh then 0 else w.failures end, failing_since = case when fresh then null else w.failing_since end,
  hold_until = case when fresh then null else w.hold_until end,
  wake_at = case when $5 = 'active' then clock_timestamp() end
from (select webhook_no, url <> $2 or status = 'disabled' as fresh from pantry_queue.webhooks where webhook_no = $1) before
where w.webhook_no = $1 returning ${COLUMNS}`;

/** Writes what a person has changed of a row that the transaction holds. */
export async function changeWebhook(
  tx: Queryable,
  row: Pick<WebhookRow, 'webhook_no' | 'url' | 'events' | 'description' | 'status'>,
  by: string,
): Promise<WebhookRow> {
  const values = [row.webhook_no, row.url, row.events, row.description, row.status, by];
  const [changed] = await tx.query<WebhookRow>(CHANGE, values);
  if (!changed) throw new Error('a webhook that was locked is not there');
  return changed;
}

const ROTATE = `
update pantry_queue.webhooks w set secret = $4, old_secret = w.secret,
  old_secret_until = clock_timestamp() + interval '${WEBHOOKS.oldSecretS} seconds'
where ${OWN} returning ${COLUMNS}`;

/** @returns undefined when there is none, or it is somebody else's */
export async function rotateSecret(
  db: Queryable,
  { tenant, userId }: WebhookOwner,
  webhookId: string,
  secret: string,
): Promise<WebhookRow | undefined> {
  return (await db.query<WebhookRow>(ROTATE, [tenant, webhookId, userId ?? null, secret]))[0];
}

const DELETE = `
update pantry_queue.webhooks w set deleted_at = now(), wake_at = null, secret = '', old_secret = null, old_secret_until = null
where ${OWN} returning w.webhook_no`;

/** Its deliveries go with the next rounds. @returns whether there was one */
export async function deleteWebhook(db: Db, { tenant, userId }: WebhookOwner, webhookId: string): Promise<boolean> {
  return (await db.query(DELETE, [tenant, webhookId, userId ?? null])).length > 0;
}

/** A webhook whose endpoint has taken nothing for a while, or is gone. */
export type TroubledWebhook = Pick<WebhookRow, 'webhook_id' | 'url' | 'status' | 'failures' | 'last_error'> & {
  since: Date;
};

const MOST_SHOWN = 10;

/** @param userId 0 = of everybody in the tenant */
export function troubledWebhooks(db: Queryable, tenant: string, userId: number): Promise<TroubledWebhook[]> {
  return db.query<TroubledWebhook>(
    `select webhook_id, url, status, failures, last_error, failing_since as since
     from pantry_queue.webhooks
     where tenant_id = $1 and deleted_at is null and failing_since is not null
       and (status = 'disabled' or (status = 'active' and failing_since < now() - interval '${WEBHOOKS.problemAfterS} seconds'))
       and ($2::bigint = 0 or user_id = $2)
     order by failing_since limit ${MOST_SHOWN}`,
    [tenant, userId],
  );
}
