import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { InputOf, OutputOf } from '../../../src/contract/queue-api.ts';
import { call } from '../../api/call.ts';
import { type CallProblem, problemFrom } from '../../api/problem.ts';

/** The operations that act on many jobs, each by a filter of its own. */
export type BulkAction = 'redriveFailedJobs' | 'clearFailedJobs' | 'cancelJobs';
type FilterOf<Action extends BulkAction> = Omit<InputOf<Action>, 'confirm_token'>;

/** What is done, and to which jobs. */
export type Bulk = {
  readonly [Action in BulkAction]: { readonly action: Action; readonly filter: FilterOf<Action> };
}[BulkAction];

type Preview = OutputOf<BulkAction>;

/** What the server says of exactly this filter; asked for when the dialog opens, and again when its token has expired. */
export function usePreview({ action, filter }: Bulk, ratePerMinute: number | undefined) {
  const [preview, setPreview] = useState<Preview>();
  const [problem, setProblem] = useState<CallProblem>();
  const [asked, setAsked] = useState(0);
  const queries = useQueryClient();
  const rate = action === 'redriveFailedJobs' && ratePerMinute !== undefined ? { rate_per_minute: ratePerMinute } : {};
  const askedText = JSON.stringify({ ...filter, ...rate });
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked again by count, too
  useEffect(() => {
    const end = new AbortController();
    setPreview(undefined);
    setProblem(undefined);
    call(action, JSON.parse(askedText), { signal: end.signal }).then(
      (answer) => !end.signal.aborted && setPreview(answer),
      (thrown) => !end.signal.aborted && setProblem(problemFrom(thrown)),
    );
    return () => end.abort();
  }, [action, askedText, asked]);

  return {
    preview,
    problem,
    /** Acts on exactly what the preview has seen. @throws CallProblem */
    async confirm(): Promise<void> {
      try {
        await call(action, { confirm_token: preview?.confirm_token });
        await queries.invalidateQueries();
      } catch (thrown) {
        // Its time is over: what would be affected now is shown, and nothing was done.
        if (problemFrom(thrown).code === 'confirm_expired') setAsked((times) => times + 1);
        throw thrown;
      }
    },
  };
}
