import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { InputOf, OutputOf } from '../../../src/contract/queue-api.ts';
import { call } from '../../api/call.ts';
import { type CallProblem, problemFrom } from '../../api/problem.ts';

export type BulkAction = 'redriveFailedJobs' | 'clearFailedJobs';
type Filter = Omit<InputOf<'clearFailedJobs'>, 'confirm_token'>;
type Preview = OutputOf<'redriveFailedJobs'>;

/** What the server says of exactly this filter; asked for when the dialog opens, and again when its token has expired. */
export function usePreview(action: BulkAction, filter: Filter, ratePerMinute: number | undefined) {
  const [preview, setPreview] = useState<Preview>();
  const [problem, setProblem] = useState<CallProblem>();
  const [asked, setAsked] = useState(0);
  const queries = useQueryClient();
  const filterText = JSON.stringify(filter);
  const rate = action === 'redriveFailedJobs' && ratePerMinute !== undefined ? { rate_per_minute: ratePerMinute } : {};
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked again by count, and for another filter or rate
  useEffect(() => {
    const end = new AbortController();
    setPreview(undefined);
    setProblem(undefined);
    call(action, { ...(JSON.parse(filterText) as Filter), ...rate }, { signal: end.signal }).then(
      (answer) => !end.signal.aborted && setPreview(answer),
      (thrown) => !end.signal.aborted && setProblem(problemFrom(thrown)),
    );
    return () => end.abort();
  }, [action, filterText, ratePerMinute, asked]);

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
