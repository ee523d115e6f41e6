import { keepPreviousData, QueryCache, QueryClient, queryOptions } from '@tanstack/react-query';
import type { EventMessage } from '../../src/contract/event-message.ts';
import type { InputOf } from '../../src/contract/queue-api.ts';
import { call, type RouteKey } from './call.ts';
import { problemFrom } from './problem.ts';
import { askForKey } from './wanted-key.ts';

type EventType = EventMessage['type'];

/** When an answer is asked for again. */
interface Freshness {
  /** Events after which it is old: those that change it; `all`: every one. */
  readonly touchedBy: 'all' | readonly EventType[];
  /** Asked again after so long, also without an event: for what no event tells of. */
  readonly everyMs?: number;
}

const ENDS: readonly EventType[] = ['finished', 'failed', 'canceled', 'cleared', 'restored'];
const REVIEWS: readonly EventType[] = ['receipt_needs_review', 'receipt_corrected', 'receipt_reviewed', 'finished'];

/** Every answer that pages hold, and what makes it old. One that stands here is kept fresh by itself. */
const FRESHNESS: Partial<Readonly<Record<RouteKey, Freshness>>> = {
  queueInfo: { touchedBy: 'all', everyMs: 15_000 },
  queueHistory: { touchedBy: ['enqueued', 'attempt_started', ...ENDS], everyMs: 60_000 },
  findJobs: { touchedBy: 'all' },
  failedJobs: { touchedBy: ['enqueued', ...ENDS] },
  getJobStatus: { touchedBy: 'all' },
  getResult: { touchedBy: REVIEWS },
  explainJob: { touchedBy: 'all' },
  getReceipt: { touchedBy: [...REVIEWS, 'enqueued'] },
  findReceipts: { touchedBy: REVIEWS },
  summarizeReceipts: { touchedBy: REVIEWS },
  listReviews: { touchedBy: REVIEWS },
  listBatches: { touchedBy: ['enqueued', 'batch_finished', ...ENDS] },
  getBatch: { touchedBy: ['enqueued', 'batch_finished', ...ENDS] },
  listSchedules: { touchedBy: ['schedule_fired', 'schedule_skipped', 'batch_finished'], everyMs: 30_000 },
  getSchedule: { touchedBy: ['schedule_fired', 'schedule_skipped', 'batch_finished'], everyMs: 30_000 },
  listWebhooks: { touchedBy: ['webhook_disabled', 'batch_finished', ...ENDS], everyMs: 10_000 },
  getWebhook: { touchedBy: ['webhook_disabled', 'batch_finished', ...ENDS], everyMs: 10_000 },
  listDeliveries: { touchedBy: ['batch_finished', ...ENDS], everyMs: 5_000 },
  listWorkers: { touchedBy: ['attempt_started', 'attempt_lost', ...ENDS], everyMs: 5_000 },
};

/** The answers that an event makes old. */
export function touchedBy(type: EventType): RouteKey[] {
  return (Object.keys(FRESHNESS) as RouteKey[]).filter((key) => {
    const touched = FRESHNESS[key]?.touchedBy;
    return touched === 'all' || touched?.includes(type);
  });
}

/** An answer of the queue as a query: cached under the operation and its arguments. */
export function answer<K extends RouteKey>(key: K, input: InputOf<K>) {
  return queryOptions({
    queryKey: [key, input] as const,
    queryFn: ({ signal }) => call(key, input, { signal }),
    refetchInterval: FRESHNESS[key]?.everyMs ?? false,
    placeholderData: keepPreviousData,
  });
}

const TRIES = 2;

/** Made once. A call that needs a key asks for it; what can pass by itself is tried again. */
export function createQueries(): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({
      onError(thrown) {
        if (problemFrom(thrown).code === 'unauthenticated') askForKey();
      },
    }),
    defaultOptions: {
      queries: {
        // Loopback answers also where the machine is offline.
        networkMode: 'always',
        staleTime: 5_000,
        gcTime: 5 * 60_000,
        retry: (failures, thrown) => failures < TRIES && problemFrom(thrown).retryable,
        retryDelay: (failures, thrown) => (problemFrom(thrown).retryAfterS ?? failures + 1) * 1_000,
      },
      mutations: { networkMode: 'always' },
    },
  });
}
