import type { Problem } from '../../src/contract/problem.ts';

/** One field that a call was refused for. */
export interface FieldProblem {
  readonly pointer: string;
  readonly code: string;
  readonly message: string;
}

/** What went wrong with a call, as the server's problem document says it, or that nothing usable answered. */
export class CallProblem extends Error {
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly hint: string;
  readonly status: number;
  readonly retryable: boolean;
  readonly retryAfterS: number | undefined;
  readonly requestId: string | undefined;
  readonly fields: readonly FieldProblem[];

  constructor(problem: Partial<Problem> & Pick<Problem, 'detail'>, requestId?: string) {
    super(problem.detail);
    this.detail = problem.detail;
    this.code = problem.code ?? 'unreachable';
    this.title = problem.title ?? 'The server cannot be reached';
    this.hint = problem.hint ?? 'The page tries again by itself.';
    this.status = problem.status ?? 0;
    this.retryable = problem.retryable ?? true;
    this.retryAfterS = problem.retry_after_s;
    this.requestId = requestId;
    this.fields = problem.errors ?? [];
  }
}

/** Whatever was thrown, as a problem that can be shown. */
export function problemFrom(thrown: unknown): CallProblem {
  if (thrown instanceof CallProblem) return thrown;
  return new CallProblem({ detail: 'The server did not answer. It may be starting again, or the line is cut.' });
}

/** An answer that is no success → its problem. What is no problem document comes from something in between. */
export function problemOfAnswer(status: number, body: unknown): CallProblem {
  if (typeof body === 'object' && body !== null && 'detail' in body && 'code' in body) {
    const { instance, ...problem } = body as Problem & { readonly instance?: string };
    return new CallProblem(problem, instance);
  }
  return new CallProblem({
    detail: `Something in front of the server answered with status ${status}.`,
    title: 'The server cannot be reached',
    status,
    retryable: status >= 500 || status === 429,
  });
}
