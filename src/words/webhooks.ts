import type { Delivery, Webhook } from '../contract/operations/webhooks.ts';
import type { OutputOf } from '../contract/queue-api.ts';
import { shortTime, table } from './table.ts';

const stateOf = ({ status, failing }: Webhook) =>
  status === 'active' && failing !== null ? `failing since ${shortTime(failing.since)}` : status;

export function webhooksText(webhooks: readonly Webhook[]): string[] {
  if (webhooks.length === 0) return ['No webhooks.'];
  // An id is needed whole for every further command.
  return webhooks.flatMap((each) => [
    `${each.webhook_id}  ${stateOf(each)}`,
    ...table([
      ['  to', each.url],
      ['  of', each.events.join(', ')],
    ]),
  ]);
}

export function webhookText(webhook: Webhook): string[] {
  const { webhook_id, user_id, url, events, description, status, status_by, failing, old_secret_until } = webhook;
  return [
    `${webhook_id}: ${status}${status_by === null ? '' : ` (${status_by}, since ${shortTime(webhook.status_since)})`}`,
    `  to ${url}`,
    `  of ${user_id === null ? 'all users' : `user ${user_id}`}: ${events.join(', ')}`,
    ...(description === null ? [] : [`  ${description}`]),
    `  last taken: ${shortTime(webhook.last_success_at)}`,
    ...(failing === null
      ? []
      : [
          `  failing since ${shortTime(failing.since)}: ${failing.failures} tries, the latest with ${failing.error}`,
          `  next try: ${shortTime(failing.next_try_at)}`,
        ]),
    ...(old_secret_until === null ? [] : [`  the secret before is valid until ${shortTime(old_secret_until)}`]),
  ];
}

export function secretLines(secret: string | null): string[] {
  return secret === null
    ? ['It was there already. Its secret was shown when it was made; webhook rotate makes a new one.']
    : [`  secret: ${secret}`, 'Keep the secret: it is shown only now.'];
}

const resultOf = ({ error, http_status }: Delivery) => (http_status === null ? (error ?? '–') : `HTTP ${http_status}`);

const nextOf = ({ next_try_at }: Delivery) => (next_try_at === null ? '' : `next try ${shortTime(next_try_at)}`);

export function deliveriesText(deliveries: readonly Delivery[]): string[] {
  if (deliveries.length === 0) return ['No deliveries.'];
  return deliveries.flatMap((each) => [
    `${each.message_id}  ${each.type}  ${each.status}`,
    ...table([[`  try ${each.tries} at ${shortTime(each.tried_at)}: ${resultOf(each)}`, nextOf(each)]]),
  ]);
}

export function testText({ status, http_status, message, ms, answer }: OutputOf<'testWebhook'>): string[] {
  return [
    status === 'delivered' ? `Taken: HTTP ${http_status} in ${ms} ms.` : (message ?? 'It waits to be sent.'),
    ...(answer === null || answer === '' ? [] : [`  ${answer.slice(0, 200)}`]),
  ];
}
