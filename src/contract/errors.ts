import { ERRORS, type ErrorCode } from './error-table.ts';

export { ERRORS, type ErrorCode } from './error-table.ts';

/** Is it a row of the error table? A newer queue, or another's agent, may send codes that are not. */
export const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(ERRORS, code);

/** A field that is wrong: a JSON pointer into the arguments, with a stable code and a sentence. */
export interface FieldError {
  readonly pointer: string;
  readonly code: string;
  readonly message: string;
}

/** A limit on new jobs, and what is left of it. */
export interface LimitLeft {
  /** As `limitName` makes it. */
  readonly name: string;
  readonly limit: number;
  /** How many more are accepted. */
  readonly remaining: number;
  /** Seconds until there is more room; absent: as soon as a job no longer waits. */
  readonly reset_s?: number;
  /** Seconds that it counts; absent: it counts what waits. */
  readonly window_s?: number | undefined;
}

/** One that a call has reached. */
export interface ReachedLimit extends LimitLeft {
  readonly reset_s: number;
}

const LIMIT_WINDOWS = { queued: {}, 'per-minute': { window_s: 60 } } as const;

/** What a limit is called, as in `user-per-minute`, and the time that it counts. */
export function limitNamed(
  { user_id, kind }: { readonly user_id: number | null; readonly kind: string | null },
  of: keyof typeof LIMIT_WINDOWS,
): Pick<LimitLeft, 'name' | 'window_s'> {
  const scope = user_id === null ? 'tenant' : 'user';
  return { name: [scope, ...(kind === null ? [] : [kind]), of].join('-'), ...LIMIT_WINDOWS[of] };
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
  /** The scope that the caller lacks. */
  readonly scope: string | undefined;

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
      scope?: string;
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
    this.scope = options.scope;
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
