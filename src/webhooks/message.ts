import { randomUUID } from 'node:crypto';
import { toEventMessage } from '../contract/event-message.ts';
import { type JobKey, parseJobId } from '../contract/job.ts';
import { TEST_TYPE, WEBHOOK_TYPE_OF } from '../contract/webhook-types.ts';
import type { Cursors } from '../feed/cursor.ts';
import type { Position } from '../ledger/feed.ts';
import type { Message, WatchedEvent } from '../ledger/webhooks/webhook-events.ts';

type Sent = Pick<Message, 'messageId' | 'type' | 'body'>;

/** The bytes that every try of a message sends. Event ids grow with every event of a receipt, so they tell which is later. */
export function messageOf(
  cursors: Pick<Cursors, 'write'>,
  event: Omit<WatchedEvent, 'xid'> & { readonly position: Position },
): Sent {
  const { kind, job_kind, subject, generation, user_id, batch_id, state, attempt, data, at, position, cluster } = event;
  const type = WEBHOOK_TYPE_OF.get(kind);
  if (type === undefined) throw new Error(`no webhook tells of ${kind}`);
  const told = toEventMessage({
    cursor: cursors.write(position, cluster),
    kind,
    job: job_kind === null || subject === null || generation === null ? null : { kind: job_kind, subject, generation },
    userId: user_id,
    batchId: batch_id,
    state,
    attempt,
    data,
    at,
    sequence: position.id,
  });
  return { messageId: told.id, type, body: JSON.stringify({ type, timestamp: told.at, data: told }) };
}

/** The job that a message tells of, which it names itself. */
export function jobOf(body: string): JobKey | undefined {
  const { data } = JSON.parse(body) as { data?: { job_id?: unknown } };
  const job = typeof data?.job_id === 'string' ? parseJobId(data.job_id) : undefined;
  return job && { ...job, generation: job.generation ?? 1 };
}

/** What `test_webhook` sends: no event, and known as none by its type. */
export function testMessage(webhookId: string, at: Date): Sent {
  const data = { webhook_id: webhookId, message: 'A test of this webhook; nothing has happened.' };
  const body = JSON.stringify({ type: TEST_TYPE, timestamp: at.toISOString(), data });
  return { messageId: `test-${randomUUID()}`, type: TEST_TYPE, body };
}
