import { invalidArgument } from '../contract/check-input.ts';
import { AppError } from '../contract/errors.ts';
import { WEBHOOKS } from '../contract/webhook-policies.ts';
import { isUniqueViolation } from '../ledger/db.ts';
import {
  changeWebhook,
  countWebhooks,
  type Definition,
  deleteWebhook as deleteRow,
  insertWebhook,
  listWebhooks,
  readWebhook,
  rotateSecret,
  type WebhookRow,
  webhookOfUrl,
} from '../ledger/webhooks/webhooks.ts';
import { newSecret } from '../webhooks/signing.ts';
import { requireEverybody } from './caller.ts';
import type { Cursors } from './cursors.ts';
import type { HandlerDeps } from './deps.ts';
import { listPage } from './list-page.ts';
import type { Handlers } from './pipeline.ts';
import { noSuchWebhook, webhookView } from './webhook-view.ts';

/** @throws AppError invalid_argument */
async function refuseUrl({ rules }: HandlerDeps['webhooks'], url: string): Promise<void> {
  const refused = await rules.refusalOf(url);
  if (refused) throw invalidArgument('url', refused.code, refused.message);
}

const inOrder = (events: readonly string[]): string[] => [...new Set(events)].sort();

export function createCreateWebhook({ webhooks, notifier }: HandlerDeps): Handlers['createWebhook'] {
  return async ({ url, events, user_id, all_users, ...asked }, caller) => {
    if (all_users) requireEverybody(caller, user_id, 'webhook');
    const owner = all_users ? 0 : caller.owner;
    await refuseUrl(webhooks, url);
    const { tenant, db, principal } = caller;
    const description = asked.description || null;
    const made: Definition = { user_id: owner, url, events: inOrder(events), description, created_by: principal.user };
    const answer = await db.transaction(async (tx) => {
      const { of_tenant, of_user } = await countWebhooks(tx, tenant, owner);
      const there = await webhookOfUrl(tx, tenant, owner, url);
      if (there && isSame(there, made)) return { ...webhookView(there), created: false, secret: null };
      if (there) throw exists();
      if (of_tenant >= WEBHOOKS.ofTenant) throw tooMany(`the tenant has ${WEBHOOKS.ofTenant}`);
      if (of_user >= WEBHOOKS.ofUser)
        throw tooMany(`${owner === 0 ? 'there are' : `user ${owner} has`} ${WEBHOOKS.ofUser}`);
      const secret = newSecret();
      return { ...webhookView(await insertWebhook(tx, tenant, made, secret)), created: true, secret };
    });
    notifier.changed([]);
    return answer;
  };
}

const isSame = (row: WebhookRow, { events, description }: Definition): boolean =>
  row.description === description && row.events.join() === events.join();

function exists(): AppError {
  const message = 'This address has another webhook already.';
  return new AppError('webhook_exists', message, { fields: [{ pointer: '/url', code: 'webhook_exists', message }] });
}

const tooMany = (who: string) => new AppError('too_many_webhooks', `There are too many webhooks: ${who}.`);

export function createListWebhooks(cursors: Cursors): Handlers['listWebhooks'] {
  return async (asked, { db, tenant, userId }) => {
    const { rows: webhooks, next_cursor } = await listPage(cursors, asked, {
      list: ['list_webhooks', tenant, userId ?? null],
      read: (page) => listWebhooks(db, { tenant, userId, ...page }),
      view: webhookView,
      keyOf: ({ webhook_no }) => [webhook_no],
    });
    return { webhooks, next_cursor };
  };
}

export const getWebhook: Handlers['getWebhook'] = async ({ webhook_id }, caller) => {
  const row = await readWebhook(caller.db, caller, webhook_id);
  if (!row) throw noSuchWebhook(webhook_id);
  return webhookView(row);
};

export function createUpdateWebhook({ webhooks, notifier }: HandlerDeps): Handlers['updateWebhook'] {
  return async ({ webhook_id, webhook_status, ...asked }, caller) => {
    // Of somebody else's webhook nothing is told, the form of an address included.
    if (!(await readWebhook(caller.db, caller, webhook_id))) throw noSuchWebhook(webhook_id);
    if (asked.url !== undefined) await refuseUrl(webhooks, asked.url);
    const changed = await caller.db
      .transaction(async (tx) => {
        const row = await readWebhook(tx, caller, webhook_id, { lock: true });
        if (!row) throw noSuchWebhook(webhook_id);
        const { url = row.url } = asked;
        const description = asked.description === undefined ? row.description : asked.description || null;
        const events = asked.events === undefined ? row.events : inOrder(asked.events);
        const { webhook_no, status } = row;
        const wanted = { webhook_no, url, events, description, status: webhook_status ?? status };
        return changeWebhook(tx, wanted, `user ${caller.principal.user}`);
      })
      .catch((error: unknown) => {
        throw isUniqueViolation(error) ? exists() : error;
      });
    notifier.changed([]);
    return webhookView(changed);
  };
}

export const rotateWebhookSecret: Handlers['rotateWebhookSecret'] = async ({ webhook_id }, caller) => {
  const secret = newSecret();
  const row = await rotateSecret(caller.db, caller, webhook_id, secret);
  if (!row) throw noSuchWebhook(webhook_id);
  return { ...webhookView(row), secret };
};

export const deleteWebhook: Handlers['deleteWebhook'] = async ({ webhook_id }, caller) => {
  if (!(await deleteRow(caller.db, caller, webhook_id))) throw noSuchWebhook(webhook_id);
  return { webhook_id, deleted: true };
};
