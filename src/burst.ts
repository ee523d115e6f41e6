import { causeText } from './contract/cause.ts';
import { AppError, ERRORS, type ErrorCode, toAppError } from './contract/errors.ts';
import { DEFAULT_TENANT } from './contract/names.ts';
import { BURST } from './contract/policies.ts';
import type { Principal } from './contract/principal.ts';
import type { QueueApi } from './contract/queue-api.ts';
import type { Db } from './ledger/db.ts';
import { readMovement } from './ledger/movement.ts';
import type { Log } from './ports.ts';

/** What one look at the queue says. */
export interface BurstLook {
  /** Jobs that wait or run; what has a later start time does not count. */
  readonly live: number;
  /** The agent reads a job now, or a result is being saved. */
  readonly running: boolean;
  /** Changes whenever a job has come nearer to its end. */
  readonly moved: string;
  readonly paused: boolean;
}

/**
 * Resolves when the queue is drained; or, with the reason, when it cannot be: it is paused, or nothing has moved for a
 * while and nothing is being read. A burst worker never waits for a person.
 * @param problem what holds the jobs up, in words
 */
export async function untilDrained(
  look: () => Promise<BurstLook>,
  problem: (live: number) => Promise<AppError>,
): Promise<AppError | undefined> {
  let last = { moved: '', at: Date.now() };
  let empty = 0;
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, BURST.lookMs));
    const seen = await look().catch((error: unknown) => toAppError(error));
    if (seen instanceof Error) {
      if (Date.now() - last.at >= BURST.patienceMs) return seen;
      continue;
    }
    // A job may be between two looks.
    empty = seen.live === 0 ? empty + 1 : 0;
    if (empty >= BURST.emptyLooks) return undefined;
    if (seen.running || seen.moved !== last.moved) last = { moved: seen.moved, at: Date.now() };
    const patience = seen.paused ? BURST.pausedMs : BURST.patienceMs;
    if (seen.live > 0 && !seen.running && Date.now() - last.at >= patience) return problem(seen.live);
  }
}

/** The same for a real queue. */
export function drained(db: Db, queue: QueueApi, log: Log): Promise<AppError | undefined> {
  return untilDrained(
    () => readMovement(db),
    async (live) => {
      const error = await obstacle(queue).catch((thrown: unknown) => {
        log.warn({ cause: causeText(thrown) }, 'burst.problem_unknown');
        return toAppError(thrown);
      });
      const jobs = live === 1 ? '1 job waits' : `${live} jobs wait`;
      return new AppError(error.code, `The queue is not drained, ${jobs}: ${error.message}`, { hint: error.hint });
    },
  );
}

const OPERATOR: Principal = { tenant: DEFAULT_TENANT, user: 1, scopes: new Set(['jobs:read', 'act_as']) };

/** The first problem that `queue_info` names. */
async function obstacle(queue: QueueApi): Promise<AppError> {
  const { problems } = await queue.queueInfo({}, { principal: OPERATOR });
  const [first] = problems;
  if (!first) {
    return new AppError('part_failed', `nothing has moved for ${BURST.patienceMs / 1_000} s.`, {
      hint: 'Look at the jobs with pantry-queue queue info, and at the worker’s log.',
    });
  }
  const code = Object.hasOwn(ERRORS, first.code) ? (first.code as ErrorCode) : 'part_failed';
  return new AppError(code, first.message, { hint: first.hint });
}
