import { useEffect, useState } from 'react';
import type { FoundJob } from './why.ts';

/** Each is a call of its own; more are for the filter, which the server acts on at once. */
export const MOST_SELECTED = 200;

export interface Selection {
  /** Those of the list that are selected, in its order. */
  readonly jobs: readonly FoundJob[];
  has(jobId: string): boolean;
  toggle(jobId: string): void;
  drop(jobIds: readonly string[]): void;
  clear(): void;
}

/**
 * The jobs that a reader has selected. What leaves the list leaves the selection.
 * @param listKey another list begins with nothing selected
 */
export function useSelection(rows: readonly FoundJob[], listKey: string): Selection {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  // biome-ignore lint/correctness/useExhaustiveDependencies: another list has other jobs
  useEffect(() => setIds(new Set()), [listKey]);
  return {
    jobs: ids.size === 0 ? [] : rows.filter(({ job_id }) => ids.has(job_id)),
    has: (jobId) => ids.has(jobId),
    toggle: (jobId) =>
      setIds((all) => {
        if (all.has(jobId)) return new Set([...all].filter((each) => each !== jobId));
        return all.size < MOST_SELECTED ? new Set([...all, jobId]) : all;
      }),
    drop: (jobIds) => setIds((all) => new Set([...all].filter((each) => !jobIds.includes(each)))),
    clear: () => setIds(new Set()),
  };
}
