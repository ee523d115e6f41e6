import { invalidArgument } from '../contract/check-input.ts';
import { quoted } from '../contract/clean-text.ts';
import { AppError } from '../contract/errors.ts';
import { WEBHOOKS } from '../contract/webhook-policies.ts';
import {
  addTestDelivery,
  listDeliveries,
  readDelivery,
  redeliverFailed,
  redeliverOne,
} from '../ledger/webhooks/deliveries.ts';
import { readWebhook, type WebhookRow } from '../ledger/webhooks/webhooks.ts';
import { testMessage } from '../webhooks/message.ts';
import type { Caller } from './caller.ts';
import type { Cursors } from './cursors.ts';
import type { HandlerDeps } from './deps.ts';
import { listPage } from './list-page.ts';
import type { Handlers } from './pipeline.ts';
import { deliveryView, noSuchWebhook } from './webhook-view.ts';

/** @throws AppError webhook_not_found */
async function ownWebhook(caller: Caller, webhookId: string): Promise<WebhookRow> {
  const row = await readWebhook(caller.db, caller, webhookId);
  if (!row) throw noSuchWebhook(webhookId);
  return row;
}

export function createTestWebhook({ webhooks }: HandlerDeps): Handlers['testWebhook'] {
  return async ({ webhook_id }, caller) => {
    const { webhook_no } = await ownWebhook(caller, webhook_id);
    const { messageId, type, body } = testMessage(webhook_id, new Date());
    const of = { webhookNo: webhook_no, tenant: caller.tenant, messageId, type, body };
    const deliveryNo = await addTestDelivery(caller.db, of);
    await webhooks.tryNow(webhook_no, deliveryNo);
    return { ...deliveryView(await readDelivery(caller.db, deliveryNo)), webhook_id };
  };
}

export function createListDeliveries(cursors: Cursors): Handlers['listDeliveries'] {
  return async ({ webhook_id, outcome, ...asked }, caller) => {
    const { webhook_no } = await ownWebhook(caller, webhook_id);
    const { rows: deliveries, next_cursor } = await listPage(cursors, asked, {
      list: ['list_deliveries', caller.tenant, webhook_no, outcome ?? null],
      read: (page) => listDeliveries(caller.db, webhook_no, { outcome, ...page }),
      view: deliveryView,
      keyOf: ({ delivery_no }) => [delivery_no],
    });
    return { deliveries, next_cursor };
  };
}

export function createRedeliverWebhook({ notifier }: HandlerDeps): Handlers['redeliverWebhook'] {
  return async ({ webhook_id, message_id, failed_since }, caller) => {
    const { webhook_no } = await ownWebhook(caller, webhook_id);
    if ((message_id === undefined) === (failed_since === undefined)) {
      throw invalidArgument('message_id', 'contradiction', 'Give either message_id or failed_since.');
    }
    const redelivered =
      message_id === undefined
        ? await redeliverFailed(caller.db, webhook_no, new Date(failed_since ?? 0), WEBHOOKS.redelivered)
        : await redeliverOne(caller.db, webhook_no, message_id);
    if (redelivered === undefined) throw noSuchDelivery(message_id);
    notifier.changed([]);
    return { webhook_id, redelivered, more: redelivered === WEBHOOKS.redelivered };
  };
}

function noSuchDelivery(messageId: string | undefined): AppError {
  const message = `The webhook was sent no message ${quoted(messageId)}.`;
  return new AppError('delivery_not_found', message, {
    fields: [{ pointer: '/message_id', code: 'delivery_not_found', message }],
  });
}
