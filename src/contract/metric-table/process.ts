import { served } from '../operations.ts';
import { DELIVERY_ERRORS } from '../webhook-policies.ts';
import { type MetricRow, NO_VALUE } from './row.ts';

const OPERATIONS = Object.values(served).map(({ name }) => name as string);
/** Addresses that are no operation. */
const OTHER_ADDRESSES = ['mcp', 'health', 'metrics', 'session', 'page', NO_VALUE] as const;
const OUTCOMES = ['ok', 'refused', 'failed'] as const;

/** A reading takes half a second to a minute; `DEFAULT_TIMEOUT` is ten. */
const AGENT_BUCKETS_S = [0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600] as const;
/** An answer takes milliseconds; a wait for a job up to a minute. */
const CALL_BUCKETS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] as const;

/** What a process knows of itself. */
export const PROCESS_METRICS = {
  pantry_operations_total: {
    type: 'counter',
    from: 'counted',
    help: 'Calls of operations, whatever door they came through; refused is the caller’s fault, failed is ours.',
    labels: { operation: OPERATIONS, outcome: OUTCOMES },
  },
  pantry_operation_seconds: {
    type: 'histogram',
    from: 'counted',
    help: 'How long these calls took; those that wait for a job last as long as they wait.',
    labels: { operation: OPERATIONS },
    buckets: CALL_BUCKETS_S,
  },
  pantry_http_requests_total: {
    type: 'counter',
    from: 'counted',
    help: 'HTTP requests by operation and class of the answer.',
    labels: { operation: [...OPERATIONS, ...OTHER_ADDRESSES], class: ['1xx', '2xx', '3xx', '4xx', '5xx'] },
  },
  pantry_http_request_seconds: {
    type: 'histogram',
    from: 'counted',
    help: 'From a request’s headers to the headers of its answer.',
    labels: { operation: [...OPERATIONS, ...OTHER_ADDRESSES] },
    buckets: CALL_BUCKETS_S,
  },
  pantry_mcp_calls_total: {
    type: 'counter',
    from: 'counted',
    help: 'Calls of MCP tools that reached this process as such; those of a relay come as HTTP requests. `asked`: a person was asked first.',
    labels: { tool: { most: 32 }, outcome: [...OUTCOMES, 'asked'] },
  },
  pantry_mcp_call_seconds: {
    type: 'histogram',
    from: 'counted',
    help: 'How long these calls took.',
    labels: { tool: { most: 32 } },
    buckets: CALL_BUCKETS_S,
  },
  pantry_agent_call_seconds: {
    type: 'histogram',
    from: 'counted',
    help: 'Calls of the agent by outcome: its answer, an error, or cut off by a cancel or a stop.',
    labels: { outcome: ['replied', 'failed', 'cut'] },
    buckets: AGENT_BUCKETS_S,
  },
  pantry_agent_calls_in_flight: {
    type: 'gauge',
    from: 'process',
    help: 'Calls of the agent that this worker has under way.',
  },
  pantry_agent_call_slots: {
    type: 'gauge',
    from: 'process',
    help: 'Calls of the agent that this worker can make at once.',
  },
  pantry_engine_up: {
    type: 'gauge',
    from: 'process',
    help: '1 while this process reaches Temporal; nothing before it is known.',
  },
  pantry_ledger_up: {
    type: 'gauge',
    from: 'process',
    help: '1 while this process can read the ledger; while it is 0, no metric of the ledger is shown.',
  },
  pantry_round_seconds: {
    type: 'histogram',
    from: 'counted',
    help: 'Runs of the gate’s rounds.',
    labels: { round: { most: 64 } },
    buckets: CALL_BUCKETS_S,
  },
  pantry_round_failures_total: {
    type: 'counter',
    from: 'counted',
    help: 'Runs of a round that failed; the log says why (`dispatch.round_failed`).',
    labels: { round: { most: 64 } },
  },
  pantry_round_lag_seconds: {
    type: 'gauge',
    from: 'process',
    help: 'How long a round is overdue, since its last run that came through.',
    labels: { round: { most: 64 } },
  },
  pantry_webhook_tries_total: {
    type: 'counter',
    from: 'counted',
    help: 'Tries of webhook deliveries, by what they met.',
    labels: { outcome: ['delivered', ...Object.keys(DELIVERY_ERRORS)] },
  },
  pantry_webhook_try_seconds: {
    type: 'histogram',
    from: 'counted',
    help: 'How long these tries took.',
    buckets: CALL_BUCKETS_S,
  },
  pantry_feed_lag_seconds: {
    type: 'gauge',
    from: 'process',
    help: 'How long this process’s reader of events is overdue; 0 while nobody waits for events here.',
  },
  pantry_database_connections: {
    type: 'gauge',
    from: 'process',
    help: 'Connections to the database by pool.',
    labels: { pool: ['main', 'apart', 'search'], state: ['in_use', 'idle'] },
  },
  pantry_database_waiting: {
    type: 'gauge',
    from: 'process',
    help: 'Statements that wait for a connection.',
    labels: { pool: ['main', 'apart', 'search'] },
  },
  pantry_event_loop_delay_seconds: {
    type: 'gauge',
    from: 'process',
    help: 'How late timers of this process fired since the scrape before.',
    labels: { quantile: ['0.5', '0.99', '1'] },
  },
  pantry_log_lines_dropped_total: {
    type: 'counter',
    from: 'process',
    help: 'Log lines beyond the rate that is written.',
  },
  pantry_spans_dropped_total: {
    type: 'counter',
    from: 'process',
    help: 'Spans of traces that could not be handed on.',
  },
  pantry_build_info: {
    type: 'gauge',
    from: 'process',
    help: '1; which program this is.',
    labels: { process: ['server', 'worker'], version: { most: 1 }, node: { most: 1 } },
  },
  process_cpu_seconds_total: { type: 'counter', from: 'process', help: 'CPU time of this process.' },
  process_resident_memory_bytes: { type: 'gauge', from: 'process', help: 'Resident memory of this process.' },
  process_start_time_seconds: { type: 'gauge', from: 'process', help: 'When this process started, since 1970.' },
  nodejs_heap_used_bytes: { type: 'gauge', from: 'process', help: 'Heap in use by JavaScript objects.' },
} as const satisfies Readonly<Record<string, MetricRow>>;
