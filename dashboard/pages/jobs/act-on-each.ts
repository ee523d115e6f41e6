import { type CallProblem, problemFrom } from '../../api/problem.ts';

/** Calls at the same time: a browser has six connections for a server, and one has the events. */
const AT_ONCE = 4;

export interface Outcome {
  readonly done: readonly string[];
  readonly refused: readonly { readonly jobId: string; readonly problem: CallProblem }[];
}

/** Does one thing to each of some jobs; that one is refused keeps none of the others. */
export async function actOnEach(jobIds: readonly string[], act: (jobId: string) => Promise<unknown>): Promise<Outcome> {
  const waiting = [...jobIds];
  const done: string[] = [];
  const refused: { jobId: string; problem: CallProblem }[] = [];
  const lanes = Array.from({ length: AT_ONCE }, async () => {
    for (let jobId = waiting.shift(); jobId !== undefined; jobId = waiting.shift()) {
      try {
        await act(jobId);
        done.push(jobId);
      } catch (thrown) {
        refused.push({ jobId, problem: problemFrom(thrown) });
      }
    }
  });
  await Promise.all(lanes);
  return { done, refused };
}
