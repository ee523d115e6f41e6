import { expect } from 'vitest';

export interface SeenProblem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly hint: string;
  readonly errors?: readonly { pointer: string; code: string; message: string }[];
  readonly [field: string]: unknown;
}

/** What must never be in an answer: a stack, SQL, a library's words, a path of this machine. */
export const INTERNAL =
  /\bat .+:\d+:\d+|node_modules|\/work\/|\/tmp\/|select |insert |ECONN|ENOENT|zod|undefined|\[object/i;

/** An answer that is a well-formed problem document, with nothing internal in it. */
export async function problemOf(response: Response): Promise<SeenProblem> {
  const text = await response.text();
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(text).not.toMatch(INTERNAL);
  const problem = JSON.parse(text) as SeenProblem;
  expect(problem).toMatchObject({
    type: `urn:pantry-queue:problem:${problem.code}`,
    title: expect.any(String),
    status: response.status,
    detail: expect.any(String),
    hint: expect.any(String),
    retryable: expect.any(Boolean),
  });
  expect(problem.instance).toBe(response.headers.get('x-request-id'));
  return problem;
}

/** A refusal as it should be, after which everything is as it was. */
export async function refused(
  http: { traces(): Promise<unknown> },
  answer: () => Promise<Response>,
  want: { status: number; code: string; pointer?: string; words?: string },
): Promise<void> {
  const before = await http.traces();
  const problem = await problemOf(await answer());
  expect(problem).toMatchObject({ status: want.status, code: want.code });
  if (want.pointer !== undefined) expect(problem.errors?.map(({ pointer }) => pointer)).toEqual([want.pointer]);
  if (want.words !== undefined) expect(problem.detail).toContain(want.words);
  expect(await http.traces()).toEqual(before);
}
