import { checkInput } from '../contract/check-input.ts';
import { receiptExport } from '../contract/export.ts';
import { type OperationKey, operations, streams } from '../contract/operations.ts';
import { addReceipt } from './add-receipt.ts';
import { unreachable } from './answer.ts';
import { callOperation } from './call-operation.ts';
import { followEvents } from './events.ts';
import { exportedBytes } from './export.ts';
import type { ClientContext, ClientOptions, QueueClient } from './queue-client.ts';
import { cutNews, resumingWaits } from './resuming-waits.ts';
import { createTransport } from './transport.ts';

export { AppError, type ErrorCode, type FieldError, isAppError } from '../contract/errors.ts';
export type { EventMessage } from '../contract/event-message.ts';
export type { StreamMessage } from '../contract/event-stream.ts';
export type { Job, ReceiptResult } from '../contract/fields.ts';
export type { Receipt } from '../contract/operations/receipts.ts';
export type { OperationKey } from '../contract/operations.ts';
export type { AddedReceipt, InputOf, OutputOf, StreamInputOf, Upload } from '../contract/queue-api.ts';
export type { ClientContext, ClientOptions, QueueClient } from './queue-client.ts';
export type { Answered, Send, Sent } from './send.ts';
export { type VerifyOptions, verifyWebhook, type WebhookMessage, WebhookVerificationError } from './verify-webhook.ts';

/**
 * The queue over HTTP, with the interface that the service itself has; a context's principal is not sent.
 * @throws AppError from every call: what the queue refused, `queue_unreachable` when nothing usable answers
 */
export function createQueueClient(options: ClientOptions): QueueClient {
  const transport = createTransport(options);
  const { base, open } = transport;

  // A generator itself, so that input which is refused is told when iterating begins.
  const events: QueueClient['events'] = async function* (input, context = {}) {
    yield* followEvents(checkInput(streams.events.input, input), {
      open: (asked, signal) => open(streams.events.http[1], 'text/event-stream', asked, signal),
      resumes: options.resumesWaits !== false,
      signal: context.signal,
      onCut: () => context.tell?.(cutNews(base)),
    });
  };

  const exportReceipts: QueueClient['exportReceipts'] = (input, context = {}) =>
    exportedBytes(input, context.signal, {
      open: (asked, signal) => open(receiptExport.path, 'text/csv, application/problem+json', asked, signal),
      cut: (error, limitMs) => unreachable(base, error, limitMs),
    });

  const calls = Object.fromEntries(
    (Object.keys(operations) as OperationKey[]).map((key) => [
      key,
      (input: Record<string, unknown>, context: ClientContext = {}) => callOperation(transport, key, input, context),
    ]),
  );
  const added: QueueClient['addReceipt'] = (upload, context = {}) => addReceipt(transport, upload, context);
  // Each entry was made from the row of its own name, and its answer checked by that row.
  const client = { ...calls, addReceipt: added, events, exportReceipts } as unknown as QueueClient;
  return options.resumesWaits === false ? client : resumingWaits(client, base);
}
