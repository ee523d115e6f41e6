import { quoted } from '../contract/clean-text.ts';
import { AppError } from '../contract/errors.ts';
import type { Delivery, Webhook } from '../contract/operations/webhooks.ts';
import { DELIVERY_ERRORS, type DeliveryError, type DeliveryStatus } from '../contract/webhook-policies.ts';
import type { DeliveryRow } from '../ledger/webhooks/deliveries.ts';
import type { TroubledWebhook, WebhookRow } from '../ledger/webhooks/webhooks.ts';
import type { Found } from './trouble.ts';

/** A webhook as answers show it. */
export function webhookView(row: WebhookRow): Webhook {
  const { webhook_id, user_id, url, events, description, status, status_by, created_by, failing_since } = row;
  return {
    webhook_id,
    user_id: user_id === 0 ? null : user_id,
    url,
    events,
    description,
    status,
    status_since: row.status_since.toISOString(),
    status_by,
    last_success_at: row.last_success_at?.toISOString() ?? null,
    failing: failing_since && {
      since: failing_since.toISOString(),
      failures: row.failures,
      error: row.last_error ?? 'lost',
      next_try_at: row.wake_at?.toISOString() ?? null,
    },
    old_secret_until: row.old_secret_until?.toISOString() ?? null,
    created_by,
    created_at: row.created_at.toISOString(),
  };
}

const statusOf = ({ outcome, sending }: DeliveryRow): DeliveryStatus =>
  outcome === 'open' ? (sending ? 'sending' : 'waiting') : outcome;

const wordsOf = (error: string | null, status: number | null): string | null => {
  if (error === null) return null;
  if (error === 'http_status') return `The endpoint answered with HTTP ${status}.`;
  return DELIVERY_ERRORS[error as DeliveryError];
};

export function deliveryView(row: DeliveryRow): Delivery {
  const { message_id, type, tries, http_status, error, ms, body, answer } = row;
  return {
    message_id,
    type,
    status: statusOf(row),
    tries,
    created_at: row.created_at.toISOString(),
    tried_at: row.tried_at?.toISOString() ?? null,
    next_try_at: row.next_try_at?.toISOString() ?? null,
    ended_at: row.ended_at?.toISOString() ?? null,
    http_status,
    error,
    message: wordsOf(error, http_status),
    ms,
    body,
    answer,
  };
}

/** Of somebody else it is answered like one that does not exist. */
export function noSuchWebhook(webhookId: string): AppError {
  const message = `There is no webhook ${quoted(webhookId)}.`;
  return new AppError('webhook_not_found', message, {
    fields: [{ pointer: '/webhook_id', code: 'webhook_not_found', message }],
  });
}

/** Only the host of an address is told: the rest of it may hold a secret of the receiver. */
export function webhookTroubles({ webhook_id, url, status, failures, last_error, since }: TroubledWebhook): Found {
  const { host } = new URL(url);
  const isGone = status === 'disabled';
  return {
    code: isGone ? 'webhook_disabled' : 'webhook_failing',
    message: isGone
      ? `${webhook_id} is disabled: ${host} answered that it is gone (HTTP 410).`
      : `${webhook_id}: ${host} has taken none of the last ${failures} tries, the latest with ${last_error ?? 'lost'}.`,
    hint: isGone
      ? `Delete it, or correct its address and set it active: update_webhook (PATCH /webhooks/${webhook_id}, pantry-queue webhook update).`
      : `Mend the endpoint, then try it: test_webhook (POST /webhooks/${webhook_id}/test, pantry-queue webhook test ${webhook_id}).`,
    since,
    jobs: { jobs: 0, examples: [] },
  };
}
