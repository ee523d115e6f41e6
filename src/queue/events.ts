import { AppError, toAppError } from '../contract/errors.ts';
import { type EventMessage, toEventMessage } from '../contract/event-message.ts';
import type { EventStream, Resync, StreamMessage } from '../contract/event-stream.ts';
import { EVENTS, type EventKind } from '../contract/events.ts';
import type { Scope } from '../contract/operation.ts';
import type { StreamInputOf } from '../contract/queue-api.ts';
import type { FeedFilter } from '../feed/filter.ts';
import type { FeedNews, Subscription } from '../feed/subscription.ts';
import { readBatch } from '../ledger/batches/batches.ts';
import type { FeedEvent } from '../ledger/feed.ts';
import { noSuchBatch } from './batches.ts';
import type { Caller } from './caller.ts';
import type { QueueDeps } from './deps.ts';
import { askedJob, readOwnJob } from './own-job.ts';
import type { StreamHandlers } from './pipeline.ts';

type Input = StreamInputOf<'events'>;

/** Shared by all streams: a thousand of them are open at once. */
const ALL_KINDS: ReadonlySet<EventKind> = new Set(Object.keys(EVENTS) as EventKind[]);
const OWNERS_KINDS: ReadonlySet<EventKind> = new Set(
  [...ALL_KINDS].filter((kind) => EVENTS[kind].audience === 'owner'),
);

/** Who may see what only operators are told. */
const OPERATOR: Scope = 'queue:admin';

export function createEvents({ db, feed }: Pick<QueueDeps, 'db' | 'feed'>): StreamHandlers['events'] {
  /** One message for all who are told of an event. */
  const made = new WeakMap<FeedEvent, EventMessage>();

  function messageOf(event: FeedEvent, subscription: Subscription): EventMessage {
    const known = made.get(event);
    if (known) return known;
    const message = toEventMessage({ ...event, cursor: subscription.cursorOf(event), sequence: event.position.id });
    made.set(event, message);
    return message;
  }

  const messagesOf = (news: FeedNews, subscription: Subscription): readonly StreamMessage[] =>
    news.length === 0
      ? [{ type: 'caught_up', id: subscription.cursor() }]
      : news.map((event) => messageOf(event, subscription));

  return async (input, caller) => {
    const filter = await filterOf(db, input, caller);
    const { tenant, principal, signal } = caller;
    const open = (after?: string) => feed.subscribe({ after, filter, by: { tenant, user: principal.user } });
    let missed: Resync['reason'] | undefined;
    let subscription = await open(input.after).catch((error: unknown) => {
      missed = reasonOf(error);
      return open();
    });
    const close = () => subscription.close();

    async function* messages(): AsyncGenerator<readonly StreamMessage[]> {
      try {
        while (!signal?.aborted) {
          if (missed) yield [{ type: 'resync', id: subscription.cursor(), reason: missed }];
          try {
            for await (const news of subscription) yield messagesOf(news, subscription);
            return;
          } catch (error) {
            missed = reasonOf(error);
          }
          subscription = await open();
        }
      } finally {
        signal?.removeEventListener('abort', close);
        close();
      }
    }

    signal?.addEventListener('abort', close);
    if (signal?.aborted) close();
    const stream: EventStream = { [Symbol.asyncIterator]: messages, cursor: () => subscription.cursor() };
    return stream;
  };
}

/**
 * Why a place in the stream is lost.
 * @throws the error where it is another one
 */
function reasonOf(error: unknown): Resync['reason'] {
  const { code } = toAppError(error);
  if (code === 'cursor_expired') return code;
  if (code === 'invalid_argument') return 'cursor_unknown';
  throw error;
}

/** @throws AppError job_not_found, batch_not_found, forbidden */
async function filterOf(db: QueueDeps['db'], input: Input, caller: Caller): Promise<FeedFilter> {
  const { batch_id: batchId, job_id, types } = input;
  const { tenant, userId } = caller;
  const kinds = kindsFor(caller, types);
  const job = job_id === undefined ? undefined : askedJob(db.kinds, job_id);
  if (job && job_id !== undefined) await readOwnJob(caller, job, job_id);
  if (batchId !== undefined && !(await readBatch(caller.db, caller, batchId))) throw noSuchBatch(batchId);
  return { tenant, userId, batchId, job, kinds };
}

function kindsFor({ principal }: Caller, types: Input['types']): ReadonlySet<EventKind> {
  const isOpen = (kind: EventKind) => EVENTS[kind].audience === 'owner' || principal.scopes.has(OPERATOR);
  const closed = types?.find((kind) => !isOpen(kind));
  if (closed !== undefined) throw new AppError('forbidden', `Events of type ${closed} need scope ${OPERATOR}.`);
  if (types) return new Set(types);
  return principal.scopes.has(OPERATOR) ? ALL_KINDS : OWNERS_KINDS;
}
