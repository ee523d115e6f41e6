import { ERRORS, type ErrorCode } from './error-table.ts';

export { ERRORS, type ErrorCode } from './error-table.ts';

/** A field that is wrong: a JSON pointer into the arguments, with a stable code and a sentence. */
export interface FieldError {
  readonly pointer: string;
  readonly code: string;
  readonly message: string;
}

/** A limit that a call has reached, as far as its caller can act on it. */
export interface ReachedLimit {
  readonly limit: number;
  /** How many more would have been accepted. */
  readonly remaining: number;
  readonly reset_s: number;
}

const BRAND = Symbol.for('pantry-queue/AppError');

/**
 * The only error that crosses a border of ours. Its message is safe to show to anybody: it never holds text of a
 * library, an agent or another tenant.
 */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly hint: string;
  /** Seconds to wait before the same call can do better. */
  readonly retryAfterS: number | undefined;
  readonly fields: readonly FieldError[];
  readonly limit: ReachedLimit | undefined;

  /**
   * @param code row of the table
   * @param message what happened, and which value
   * @param options `hint` replaces the row's; `cause` is for the log only
   */
  constructor(
    code: ErrorCode,
    message: string,
    options: {
      hint?: string;
      retryAfterS?: number;
      fields?: readonly FieldError[];
      limit?: ReachedLimit;
      cause?: unknown;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.hint = options.hint ?? ERRORS[code].hint;
    this.retryAfterS = options.retryAfterS;
    this.fields = options.fields ?? [];
    this.limit = options.limit;
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/** Also true for an AppError of another copy of this module (the workflow bundle has its own). */
export function isAppError(error: unknown): error is AppError {
  return typeof error === 'object' && error !== null && (error as Record<symbol, unknown>)[BRAND] === true;
}

/** Anything thrown → an AppError; what is not ours becomes `internal`, its text kept as the cause for the log. */
export function toAppError(error: unknown): AppError {
  return isAppError(error)
    ? error
    : new AppError('internal', 'The call failed for a reason of our own.', { cause: error });
}
