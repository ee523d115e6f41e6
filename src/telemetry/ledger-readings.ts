import { NO_VALUE } from '../contract/metrics.ts';
import type { QueueNumbers, Total } from '../ledger/insight/queue-numbers.ts';
import type { Reading, ReadingSource, Readings } from './registry.ts';

/** Scrapes within this time share one statement, no matter who makes them. */
const CACHED_MS = 5_000;

/**
 * The numbers of the whole queue. While the ledger is away a scrape is answered all the same, without them: an old number
 * would look like a queue that is well.
 * @param now milliseconds
 */
export function createLedgerReadings(
  read: () => Promise<QueueNumbers>,
  now: () => number = () => performance.now(),
): ReadingSource {
  let latest: { readonly at: number; readonly readings: Promise<Readings> } | undefined;

  async function ask(): Promise<Readings> {
    try {
      return [{ name: 'pantry_ledger_up', value: 1 }, ...readingsOf(await read())];
    } catch {
      return [{ name: 'pantry_ledger_up', value: 0 }];
    }
  }

  return () => {
    if (latest === undefined || now() - latest.at >= CACHED_MS) latest = { at: now(), readings: ask() };
    return latest.readings;
  };
}

function readingsOf(numbers: QueueNumbers): Readings {
  const { jobs, totals } = numbers;
  const part = (name: 'engine' | 'agent', state: string | null): Reading[] =>
    state === null ? [] : [{ name: 'pantry_queue_part_up', labels: { part: name }, value: Number(state === 'ok') }];
  const oldest = (status: string, value: number | null): Reading => ({
    name: 'pantry_queue_oldest_job_seconds',
    labels: { status },
    value: Math.max(0, value ?? 0),
  });
  const { review = 0, ...byStatus } = jobs;
  return [
    ...Object.entries(byStatus).map(
      ([status, value]): Reading => ({ name: 'pantry_queue_jobs', labels: { status }, value }),
    ),
    oldest('queued', numbers.oldest_queued_s),
    oldest('started', numbers.oldest_started_s),
    oldest('deferred', numbers.oldest_deferred_s),
    { name: 'pantry_queue_reviews', value: review },
    { name: 'pantry_queue_jobs_in_flight', value: numbers.in_flight },
    { name: 'pantry_queue_window_size', value: numbers.window_size },
    { name: 'pantry_queue_agent_slots', value: numbers.agent_slots },
    { name: 'pantry_queue_workers', labels: { part: 'workflow' }, value: numbers.workflow_workers },
    { name: 'pantry_queue_workers', labels: { part: 'agent' }, value: numbers.agent_workers },
    ...part('engine', numbers.engine),
    ...part('agent', numbers.agent),
    ...breakerReadings(numbers.breaker_in_flight),
    { name: 'pantry_queue_events_lag_seconds', value: Math.max(0, numbers.events_lag_s ?? 0) },
    { name: 'pantry_queue_webhooks_lag_seconds', value: Math.max(0, numbers.webhooks_lag_s ?? 0) },
    { name: 'pantry_queue_open_transaction_seconds', value: Math.max(0, numbers.held_s ?? 0) },
    ...totals.flatMap(totalReadings),
    ...ENDS.flatMap((status) => durationsOf(status, totals)),
  ];
}

const ENDS = ['finished', 'failed', 'canceled'] as const;

/** Of a job's end, whatever its code. */
function durationsOf(status: string, totals: readonly Total[]): Readings {
  const own = totals.filter(({ kind }) => kind === status);
  if (own.length === 0) return [];
  const sumOf = (value: (total: Total) => number) => own.reduce((sum, total) => sum + value(total), 0);
  const counts = (own[0]?.counts ?? []).map((_, nth) => sumOf((total) => total.counts[nth] ?? 0));
  return [{ name: 'pantry_queue_job_seconds', labels: { status }, sum: sumOf(({ total }) => total), counts }];
}

function breakerReadings(inFlight: number | null): Reading[] {
  const is = inFlight === null ? 'closed' : inFlight === 0 ? 'open' : 'probing';
  return ['closed', 'probing', 'open'].map((state) => ({
    name: 'pantry_queue_breaker',
    labels: { state },
    value: Number(state === is),
  }));
}

/** What each kind of total is shown as. */
const SHOWN: Readonly<Record<string, (total: Total, code: string) => Readings>> = {
  enqueued: ({ n }) => [{ name: 'pantry_queue_jobs_accepted_total', value: n }],
  attempt_started: ({ total, counts }) => [{ name: 'pantry_queue_job_wait_seconds', sum: total, counts }],
  finished: ended('finished'),
  failed: ended('failed'),
  canceled: ended('canceled'),
  reply_stored: attempts('replied'),
  attempt_failed: attempts('failed'),
  attempt_lost: attempts('lost'),
  paid_call: ({ n, total }, currency) => [
    { name: 'pantry_queue_paid_calls_total', labels: { currency }, value: n },
    { name: 'pantry_queue_cost_total', labels: { currency }, value: total },
  ],
};

const totalReadings = (total: Total): Readings =>
  SHOWN[total.kind]?.(total, total.code === '' ? NO_VALUE : total.code) ?? [];

function ended(status: string) {
  return ({ n }: Total, code: string): Readings => [
    { name: 'pantry_queue_jobs_ended_total', labels: { status, code }, value: n },
  ];
}

function attempts(outcome: string) {
  return ({ n }: Total, code: string): Readings => [
    { name: 'pantry_queue_attempts_total', labels: { outcome, code }, value: n },
  ];
}
