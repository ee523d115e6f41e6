import { ERRORS } from '../contract/errors.ts';
import type { Problem } from '../contract/operations/queue-info.ts';
import type { BreakerReason, OpenBreaker } from '../ledger/breaker/breaker.ts';

interface Words {
  readonly code: string;
  /** What a job waits for, after "the OCR agent". */
  readonly waitsFor: string;
  readonly who: Problem['who_acts'];
  readonly hint: string;
}

const TRY_NOW = 'retry_job of a waiting job (pantry-queue job retry <job_id>) or resuming the queue tries it at once.';

/** What each reason of the breaker says to people. */
export const BREAKER_WORDS: Readonly<Record<BreakerReason, Words>> = {
  agent_unreachable: {
    code: 'agent_unavailable',
    waitsFor: 'to recover: it cannot be reached',
    who: 'operator',
    hint: ERRORS.agent_unavailable.hint,
  },
  agent_rate_limited: {
    code: 'agent_rate_limited',
    waitsFor: ', which has asked to wait',
    who: 'nobody',
    hint: ERRORS.agent_rate_limited.hint,
  },
  images_unreachable: {
    code: 'storage_unavailable',
    waitsFor: ', which gets no images: their store cannot be used',
    who: 'operator',
    hint: `Start the image store, or correct its settings. It is tried again by itself; ${TRY_NOW}`,
  },
  same_error: {
    code: 'same_error',
    waitsFor: 'to recover: it fails every job in the same way',
    who: 'operator',
    hint: `Look at the agent’s log and mend the cause. It is tried again by itself; ${TRY_NOW}`,
  },
};

/** Whether a reason of a cap is the breaker's. */
export const isBreakerReason = (reason: string): reason is BreakerReason => Object.hasOwn(BREAKER_WORDS, reason);

/** @param reached what a worker's health check found, where it found something */
export function problemOfBreaker(
  { reason, note, in_flight, next_probe_at, failed_probes }: OpenBreaker,
  reached: string | null,
): { code: string; message: string; hint: string; who: Problem['who_acts'] } {
  const { code, hint, who } = BREAKER_WORDS[reason];
  const cause = (reason === 'agent_unreachable' ? reached : null) ?? note ?? 'The OCR agent does not take jobs.';
  if (in_flight > 0) {
    const at = in_flight === 1 ? '1 job' : `${in_flight} jobs`;
    return { code, message: `${cause} It is being tried again with ${at} at once.`, hint, who: 'nobody' };
  }
  const failed =
    failed_probes === 0 ? '' : ` ${failed_probes === 1 ? '1 probe has' : `${failed_probes} probes have`} failed.`;
  const again =
    reason === 'agent_unreachable' ? '' : ` It is tried again at ${next_probe_at.toISOString().slice(0, 19)}Z.`;
  return { code, message: `${cause}${failed}${again}`, hint, who };
}
