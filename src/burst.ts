import { causeText } from './contract/cause.ts';
import { AppError, ERRORS, type ErrorCode, toAppError } from './contract/errors.ts';
import { DEFAULT_TENANT } from './contract/names.ts';
import { BURST } from './contract/policies.ts';
import type { Principal } from './contract/principal.ts';
import type { QueueApi } from './contract/queue-api.ts';
import type { Db } from './ledger/db.ts';
import { type Movement, readMovement } from './ledger/insight/movement.ts';
import type { Log } from './ports.ts';

/** The time of a burst, for tests. */
export interface BurstClock {
  now(): number;
  sleep(ms: number): Promise<unknown>;
}
const CLOCK: BurstClock = {
  now: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

/** Why a burst ends with jobs left: nothing moves, or its time is over. */
export type Undrained = 'stands_still' | 'out_of_time';

/**
 * Resolves when the queue is drained; or, with the reason, when it cannot be: it is paused, nothing has moved for a
 * while and nothing is being read, or the time of the burst is over. A burst worker never waits for a person.
 * @param problem what holds the jobs up, in words
 */
export async function untilDrained(
  look: () => Promise<Movement>,
  problem: (seen: Movement, why: Undrained) => Promise<AppError>,
  { limitMs, clock = CLOCK }: { limitMs: number; clock?: BurstClock },
): Promise<AppError | undefined> {
  const endsAt = clock.now() + limitMs;
  let last = { moved: '', at: clock.now() };
  let empty = 0;
  let end: Movement | AppError = new AppError('ledger_unavailable', 'The ledger was not read in time.');
  while (clock.now() < endsAt) {
    await clock.sleep(BURST.lookMs);
    const seen: Movement | AppError = await look().catch((error: unknown) => toAppError(error));
    end = seen;
    if (seen instanceof Error) {
      if (clock.now() - last.at >= BURST.patienceMs) return seen;
      continue;
    }
    // A job may be between two looks.
    empty = seen.live === 0 ? empty + 1 : 0;
    if (empty >= BURST.emptyLooks) return undefined;
    if (seen.running || seen.moved !== last.moved) last = { moved: seen.moved, at: clock.now() };
    const patience = seen.paused ? BURST.pausedMs : BURST.patienceMs;
    if (seen.live > 0 && !seen.running && clock.now() - last.at >= patience) return problem(seen, 'stands_still');
  }
  if (end instanceof Error) return end;
  return end.live === 0 ? undefined : problem(end, 'out_of_time');
}

/** The same for a real queue. */
export function drained(
  { db, queue, log }: { db: Db; queue: QueueApi; log: Log },
  options: { limitMs: number; clock?: BurstClock },
): Promise<AppError | undefined> {
  return untilDrained(
    () => readMovement(db),
    async ({ live, tenant }, why) => {
      const error = await obstacle(queue, operatorOf(tenant)).catch((thrown: unknown) => {
        log.warn({ cause: causeText(thrown) }, 'burst.problem_unknown');
        return toAppError(thrown);
      });
      const jobs = live === 1 ? '1 job waits' : `${live} jobs wait`;
      const when = why === 'out_of_time' ? ` after ${options.limitMs / 1_000} s (BURST_TIMEOUT)` : '';
      return new AppError(error.code, `The queue is not drained${when}, ${jobs}: ${error.message}`, {
        hint: error.hint,
      });
    },
    options,
  );
}

const operatorOf = (tenant: string | null): Principal => ({
  tenant: tenant ?? DEFAULT_TENANT,
  user: 1,
  scopes: new Set(['jobs:read', 'act_as']),
});

/** The first problem that `queue_info` names; else what one of the jobs waits for. */
async function obstacle(queue: QueueApi, principal: Principal): Promise<AppError> {
  const { problems } = await queue.queueInfo({}, { principal });
  const [first] = problems;
  if (first) {
    const code = Object.hasOwn(ERRORS, first.code) ? (first.code as ErrorCode) : 'part_failed';
    return new AppError(code, first.message, { hint: first.hint });
  }
  const { jobs } = await queue.findJobs({ status: ['queued', 'started', 'deferred'], limit: 1 }, { principal });
  const [job] = jobs;
  const waiting = job && (await queue.getJobStatus({ job_id: job.job_id }, { principal })).waiting_for;
  return new AppError('part_failed', waiting ? `${job.job_id} waits for ${waiting}.` : 'work was still under way.', {
    hint: 'Look at the jobs with pantry-queue job find, and start a worker again.',
  });
}
