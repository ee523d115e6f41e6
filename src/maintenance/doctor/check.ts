import { causeText } from '../../contract/cause.ts';
import type { DoctorCheck, DoctorState } from '../../contract/doctor-report.ts';
import { type ErrorCode, isAppError } from '../../contract/errors.ts';

/** What a look has found. */
export interface Told {
  readonly state: DoctorState;
  readonly says: string;
  readonly mend?: string;
  readonly code?: ErrorCode;
}

/** One look. */
export interface Check {
  readonly name: DoctorCheck;
  /** What is said when it takes longer, or fails without an error of ours. */
  readonly code: ErrorCode;
  readonly limitMs: number;
  /** Without these there is nothing to look at. */
  readonly needs?: readonly DoctorCheck[];
  /** @param signal fires when its time is over @returns one finding, or several about the same thing */
  look(signal: AbortSignal): Promise<Told | readonly Told[]> | Told | readonly Told[];
}

export const fine = (says: string): Told => ({ state: 'ok', says });
export const skipped = (says: string): Told => ({ state: 'skipped', says });
export const warned = (says: string, mend: string): Told => ({ state: 'warned', says, mend });
export const failed = (code: ErrorCode, says: string, mend: string): Told => ({ state: 'failed', code, says, mend });

/** An error as a finding. The words of a library are given only where none of ours say it. */
export function failedBy(error: unknown, code: ErrorCode): Told {
  if (isAppError(error)) return failed(error.code, error.message, error.hint);
  const words = causeText(error) ?? 'no reason was given';
  return failed(code, `The look itself failed: ${words}.`, 'Set LOG_LEVEL=debug and look again: pantry-queue doctor');
}
