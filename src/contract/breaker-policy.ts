import { MAX_RETRY_AFTER_MS } from './policies.ts';

/** The breaker of the agent: when it opens, and how it finds out that the agent has recovered. */
export const BREAKER = {
  /** Different jobs that meet the same error in a row. */
  sameErrorJobs: 5,
  /** Before the first probe, and at most; it doubles with each one that fails. An agent that names a time is asked then. */
  pause: {
    agent_unreachable: { firstMs: 500, maxMs: 8_000 },
    agent_rate_limited: { firstMs: 10_000, maxMs: MAX_RETRY_AFTER_MS },
    images_unreachable: { firstMs: 1_000, maxMs: 8_000 },
    same_error: { firstMs: 2_000, maxMs: 8_000 },
  },
  /** One of so many failed probes costs its job an attempt: poison comes to its end, and an hour's outage ends no job. */
  probesPerAttempt: 8,
  /** Added to a pause, never taken away. */
  jitter: 0.2,
  /** Health checks of all processes together, while it is open. */
  healthEveryMs: 1_000,
  /** After so long a job probes without one: an agent may read while its health check fails. */
  unansweredMs: 60_000,
  /** Those that it lets begin have this long; then another one may. */
  leaseMs: 3_000,
  unparkedAtOnce: 1_000,
} as const;

/** How a worker looks at the health of its agent. */
export const AGENT_PROBE = {
  everyMs: 5_000,
  /** While it is not well: each process offers to ask this often, and of all of them one does. */
  troubledMs: 1_000,
  answerMs: 5_000,
  /** Silence that a reading may explain: one that is longer is told, also while calls are under way. */
  busyMs: 60_000,
  /** It was away and is well again: calls that it had before have this long before the oldest is cut. */
  settleMs: 4_000,
} as const;
