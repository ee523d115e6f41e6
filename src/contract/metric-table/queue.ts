import { ERRORS } from '../errors.ts';
import { STATUSES } from '../job.ts';
import { type MetricRow, NO_VALUE } from './row.ts';

const CODES = [...Object.keys(ERRORS), NO_VALUE];
const ENDS = ['finished', 'failed', 'canceled'] as const;
/** There is room for all that ISO 4217 knows. */
const CURRENCIES = { most: 200 };

/** From a tenth of a second, when slots are free, to the three days after which a job is given up. */
export const JOB_BUCKETS_S = [0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3_600, 14_400, 86_400, 259_200] as const;

/** What is read from the ledger. */
export const QUEUE_METRICS = {
  pantry_queue_jobs: {
    type: 'gauge',
    from: 'ledger',
    help: 'Jobs by status, the latest of each receipt.',
    labels: { status: STATUSES },
  },
  pantry_queue_oldest_job_seconds: {
    type: 'gauge',
    from: 'ledger',
    help: 'Age of the oldest live job in a status: since it was accepted; of started ones, since its first attempt.',
    labels: { status: ['queued', 'started', 'deferred'] },
  },
  pantry_queue_reviews: { type: 'gauge', from: 'ledger', help: 'Receipts that wait for a person.' },
  pantry_queue_jobs_in_flight: {
    type: 'gauge',
    from: 'ledger',
    help: 'Jobs that take a place in the window: started, or handed over to Temporal.',
  },
  pantry_queue_window_size: { type: 'gauge', from: 'ledger', help: 'Places in the window.' },
  pantry_queue_agent_slots: {
    type: 'gauge',
    from: 'ledger',
    help: 'Calls of the agent that the workers can make at once.',
  },
  pantry_queue_workers: {
    type: 'gauge',
    from: 'ledger',
    help: 'Live workers that take jobs, by what they can do.',
    labels: { part: ['workflow', 'agent'] },
  },
  pantry_queue_part_up: {
    type: 'gauge',
    from: 'ledger',
    help: '1 while Temporal (`engine`) or the agent is well, 0 while it is not; nothing before that is known.',
    labels: { part: ['engine', 'agent'] },
  },
  pantry_queue_breaker: {
    type: 'gauge',
    from: 'ledger',
    help: '1 for the state that the breaker of the agent is in: open lets no job through, probing a few.',
    labels: { state: ['closed', 'probing', 'open'] },
  },
  pantry_queue_events_lag_seconds: {
    type: 'gauge',
    from: 'ledger',
    help: 'Age of the oldest event that is not counted yet; waits, streams and webhooks are about as late.',
  },
  pantry_queue_webhooks_lag_seconds: {
    type: 'gauge',
    from: 'ledger',
    help: 'How long the webhook delivery that has been due for longest is overdue.',
  },
  pantry_queue_open_transaction_seconds: {
    type: 'gauge',
    from: 'ledger',
    help: 'Age of a transaction of anybody that holds events back; 0 while there is none.',
  },
  pantry_queue_jobs_accepted_total: { type: 'counter', from: 'ledger', help: 'Jobs accepted.' },
  pantry_queue_jobs_ended_total: {
    type: 'counter',
    from: 'ledger',
    help: 'Jobs that ended, by the error code of those that failed.',
    labels: { status: ENDS, code: CODES },
  },
  pantry_queue_job_wait_seconds: {
    type: 'histogram',
    from: 'ledger',
    help: 'From the acceptance of a job to its first attempt.',
    buckets: JOB_BUCKETS_S,
  },
  pantry_queue_job_seconds: {
    type: 'histogram',
    from: 'ledger',
    help: 'From the acceptance of a job to its end.',
    labels: { status: ENDS },
    buckets: JOB_BUCKETS_S,
  },
  pantry_queue_attempts_total: {
    type: 'counter',
    from: 'ledger',
    help: 'Attempts that ended, by outcome and the error code of those that failed.',
    labels: { outcome: ['replied', 'failed', 'lost'], code: CODES },
  },
  pantry_queue_paid_calls_total: {
    type: 'counter',
    from: 'ledger',
    help: 'Answered calls of the agent, by the currency of their cost; `none`: nobody says what they cost.',
    labels: { currency: CURRENCIES },
  },
  pantry_queue_cost_total: {
    type: 'counter',
    from: 'ledger',
    help: 'What these calls cost, in units of the currency.',
    labels: { currency: CURRENCIES },
  },
} as const satisfies Readonly<Record<string, MetricRow>>;
