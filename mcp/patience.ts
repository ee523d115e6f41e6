import { LIMITS } from '../src/contract/policies.ts';

/** How long a call may take before its client gives it up. Most hosts do after 60 s, some proxies after 30 s. */

/** The longest wait of a call whose client gets no progress, and of one that does. */
export const MAX_WAIT_S = 25;
export const MAX_WAIT_WITH_PROGRESS_S = LIMITS.waitSeconds;

/** With progress, the state is asked for this often, so that each notification says something new. */
export const ASK_WITH_PROGRESS_S = 3;

/** How long a call waits for a queue that starts, without and with progress. */
export const START_LIMIT_MS = 4_000;
export const START_LIMIT_WITH_PROGRESS_MS = 40_000;
