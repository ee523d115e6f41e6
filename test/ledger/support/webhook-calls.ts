import { randomUUID } from 'node:crypto';
import type { Db } from '../../../src/ledger/db.ts';
import {
  addTestDelivery,
  forgetDeliveries,
  giveUpDeliveries,
  listDeliveries,
  redeliverFailed,
  redeliverOne,
} from '../../../src/ledger/webhooks/deliveries.ts';
import { claimTries, recordTry } from '../../../src/ledger/webhooks/delivery-tries.ts';
import { tellWebhooks } from '../../../src/ledger/webhooks/webhook-events.ts';
import {
  deleteWebhook,
  insertWebhook,
  listWebhooks,
  readWebhook,
  rotateSecret,
  troubledWebhooks,
} from '../../../src/ledger/webhooks/webhooks.ts';
import type { Call } from './searches.ts';

const TENANT = { tenant: 'default', userId: undefined } as const;
const page = { after: undefined, limit: 11 } as const;
const made = { user_id: 5, events: ['job.failed'], description: null, created_by: 1 };

/** What users ask of webhooks; the first of those that are seeded has number 1. */
export const WEBHOOK_REQUESTS: Readonly<Record<string, Call>> = {
  'webhooks, page by page': (db) => listWebhooks(db, { ...TENANT, ...page }),
  'webhooks of a user': (db) => listWebhooks(db, { ...TENANT, userId: 3, ...page }),
  'a webhook by its id': (db) => readWebhook(db, TENANT, 'webhook-1'),
  'webhooks that fail': (db) => troubledWebhooks(db, 'default', 0),
  'a new webhook': (db) =>
    insertWebhook(db, 'default', { ...made, url: `https://hooks.example/${randomUUID()}` }, 'whsec_AA=='),
  'a new secret': (db) => rotateSecret(db, TENANT, 'webhook-1', 'whsec_AA=='),
  'the end of a webhook': (db) => deleteWebhook(db, TENANT, 'webhook-2'),
  'deliveries, page by page': (db) => listDeliveries(db, 1, { outcome: undefined, ...page }),
  'deliveries that failed': (db) => listDeliveries(db, 1, { outcome: 'failed', ...page }),
  'a message again': (db) => redeliverOne(db, 1, 'message-9'),
  'what failed again': (db) => redeliverFailed(db, 1, new Date(Date.now() - 86_400_000), 10),
  'a test message': (db) =>
    addTestDelivery(db, { webhookNo: 1, tenant: 'default', messageId: randomUUID(), type: 'webhook.test', body: '{}' }),
};

export const WEBHOOK_ROUNDS: Readonly<Record<string, Call>> = {
  'events that webhooks are told of': (db) =>
    tellWebhooks(db, ({ id, kind }) => ({ messageId: `event-${id}`, type: kind, body: '{}' }), 10),
  'messages that are due': (db) => claimTries(db, 5),
  'what came of a try': (db) =>
    recordTry(db, { delivery_no: 7, tries: 1 }, { error: null, httpStatus: 200, retryAfterS: null, ms: 5, answer: '' }),
  'messages whose time is up': (db) => giveUpDeliveries(db, 20),
  'deliveries past their time': (db) => forgetDeliveries(db, 20),
};

/** A hundredth of the jobs as webhooks, a tenth of them failing; and for each job a message, some due, some long ended. */
export async function addWebhooks(db: Db, jobs: number): Promise<void> {
  await db.query(
    `insert into pantry_queue.webhooks (webhook_id, tenant_id, user_id, url, events, secret, since_epoch, since_xid, created_by,
       wake_at, failing_since, failures)
     select 'webhook-' || n, 'default', n, 'https://hooks.example/' || n, '{job.finished}', 'whsec_AA==', 1, '0', 1,
       now() - n * interval '1 second', case when n % 10 = 0 then now() - n * interval '1 hour' end, n % 10 / 9 * 9
     from generate_series(1, $1 / 100) n`,
    [jobs],
  );
  await db.query(
    `insert into pantry_queue.deliveries (webhook_no, tenant_id, message_id, type, body, outcome, next_try_at, ended_at, tries, give_up_at)
     select case when n % 2 = 0 then 1 else 1 + n % ($1 / 100) end, 'default', 'message-' || n, 'job.finished', '{}', o,
       case when o = 'open' then at end, case when o <> 'open' then at end, 1, at + interval '3 days'
     from generate_series(1, $1) n
     cross join lateral (select (array['delivered', 'delivered', 'failed', 'open'])[1 + n / 2 % 4], now() - n % 240 * interval '1 hour') t (o, at)`,
    [jobs],
  );
}
