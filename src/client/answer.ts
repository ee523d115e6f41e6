import { AppError, isAppError } from '../contract/errors.ts';
import { GatewayAnswer, isGatewayStatus } from './cut.ts';
import type { Answered } from './send.ts';

const MAX_ANSWER_BYTES = 32 * 1024 * 1024;

/** What checks an answer: a schema of the contract. */
export interface Checker<T> {
  safeParse(value: unknown): { success: true; data: T } | { success: false; error: unknown };
}

/** @throws AppError `queue_unreachable` when what answers has another form than this client’s contract */
export function checked<T>(schema: Checker<T>, answer: unknown, base: string): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  const [issue] = (parsed.error as { issues?: readonly { path: readonly PropertyKey[] }[] }).issues ?? [];
  const where =
    issue === undefined || issue.path.length === 0 ? '' : ` ("${issue.path.map(String).join('.')}" is not as known)`;
  // Without a cause: a call whose answer is of another form is not lost, and is not made again.
  throw new AppError(
    'queue_unreachable',
    `What answers at ${base} is no pantry-queue, or one of another version${where}.`,
    {
      hint: 'Name the address of a queue, and use a client of the same version.',
    },
  );
}

/** @returns undefined when the body is no JSON or is larger than any answer of ours */
export async function readJson(response: Answered): Promise<unknown> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += (chunk as Uint8Array).length;
    if (bytes > MAX_ANSWER_BYTES) return undefined;
    text += decoder.decode(chunk as Uint8Array, { stream: true });
  }
  try {
    return JSON.parse(text + decoder.decode());
  } catch {
    return undefined;
  }
}

/** What fetch has thrown → that the queue cannot be reached, with the cause; an error of ours stays itself. */
export function unreachable(base: string, error: unknown, limitMs: number | undefined): AppError {
  if (isAppError(error)) return error;
  const why = limitMs === undefined ? 'cannot be reached' : `did not answer within ${limitMs / 1000} s`;
  // fetch says only that it failed; what happened is its cause.
  const cause = error instanceof TypeError && error.cause !== undefined ? error.cause : error;
  return new AppError('queue_unreachable', `The queue at ${base} ${why}.`, { cause });
}

/** An answer that is no problem document of ours. */
export function notOurs(base: string, status: number): AppError {
  if (isGatewayStatus(status)) {
    const message = `The proxy in front of ${base} answered HTTP ${status}: the queue behind it did not answer in time.`;
    return new AppError('queue_unreachable', message, { cause: new GatewayAnswer(`HTTP ${status}`) });
  }
  return new AppError('queue_unreachable', `What answers at ${base} is no pantry-queue (HTTP ${status}).`);
}
