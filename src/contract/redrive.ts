import { ERRORS, type ErrorCode } from './errors.ts';

/**
 * Can running a failed job again help?
 * - `now` what failed it may have passed
 * - `after_fix` only once its cause is removed: the hint says which
 * - `never` there is nothing left to read
 */
export const REDRIVES = ['now', 'after_fix', 'never'] as const;
export type Redrive = (typeof REDRIVES)[number];

/** Codes of which the error table's rule for attempts does not already say it. */
const BY_CODE: Readonly<Partial<Record<ErrorCode, Redrive>>> = {
  agent_bad_response: 'after_fix',
  gave_up: 'now',
  attempts_lost: 'now',
  dependency_failed: 'now',
  terminated_by_operator: 'now',
  receipt_changed: 'now',
  subject_changed: 'now',
  receipt_deleted: 'never',
  subject_deleted: 'never',
};

/** @param code of the cause; one that is unknown here is taken for one that must be removed */
export function redriveOf(code: string): Redrive {
  if (!isKnown(code)) return 'after_fix';
  return BY_CODE[code] ?? (ERRORS[code].retry === 'never' ? 'after_fix' : 'now');
}

const isKnown = (code: string): code is ErrorCode => Object.hasOwn(ERRORS, code);

const AGAIN = 'Run them again with redrive_failed_jobs (POST /jobs/failed/redrive) and this fingerprint';

/** The next step for jobs that failed by one cause. */
export function redriveHint(code: string): string {
  const own = isKnown(code) ? ERRORS[code].hint : '';
  const hints: Readonly<Record<Redrive, string>> = {
    now: `${AGAIN}: what failed them may have passed.`,
    after_fix: `${own} ${AGAIN} after that.`.trim(),
    never: own,
  };
  return hints[redriveOf(code)];
}
