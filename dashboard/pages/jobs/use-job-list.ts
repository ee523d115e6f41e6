import { type InfiniteData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { EventMessage } from '../../../src/contract/event-message.ts';
import type { Phase, Status } from '../../../src/contract/job.ts';
import type { InputOf, OutputOf } from '../../../src/contract/queue-api.ts';
import { call } from '../../api/call.ts';
import { useEvents } from '../../shell/live-status.ts';
import type { FoundJob } from './why.ts';

type Filter = InputOf<'findJobs'>;
type JobPage = OutputOf<'findJobs'>;

const PAGE_ROWS = 200;
/** What changed is read again once for all that changes in this time. */
const GATHER_MS = 1_000;

/** `ocr-17.2` → `ocr-17`: rows stand for the latest generation. */
const rowIdOf = (jobId: string) => jobId.replace(/\.\d+$/, '');

function changedPage(page: JobPage, by: (row: FoundJob) => FoundJob): JobPage {
  const jobs = page.jobs.map(by);
  return jobs.every((row, at) => row === page.jobs[at]) ? page : { ...page, jobs };
}

/**
 * The jobs of a filter, page by page. Events change rows where they stand and never reorder them: what is new waits until
 * the reader asks for it.
 */
export function useJobList(filter: Filter, isHeld: boolean) {
  const queries = useQueryClient();
  const queryKey = ['jobList', filter] as const;
  const [newIds, setNewIds] = useState<ReadonlySet<string>>(new Set());
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) =>
      call('findJobs', { ...filter, limit: PAGE_ROWS, ...(pageParam === '' ? {} : { cursor: pageParam }) }, { signal }),
    initialPageParam: '',
    getNextPageParam: ({ next_cursor }) => next_cursor,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    placeholderData: (before) => before,
  });
  const { data } = query;
  // Of ten thousand rows: only when one of them changes, not each time that the page is drawn.
  const rows = useMemo(() => data?.pages.flatMap(({ jobs }) => jobs) ?? [], [data]);
  const known = useRef<ReadonlySet<string>>(new Set());
  known.current = useMemo(() => new Set(rows.map(({ job_id }) => job_id)), [rows]);
  const keyText = JSON.stringify(filter);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another filter has other new jobs
  useEffect(() => setNewIds(new Set()), [keyText]);

  const change = useCallback(
    (by: (row: FoundJob) => FoundJob) => {
      queries.setQueryData<InfiniteData<JobPage>>(['jobList', JSON.parse(keyText)], (data) => {
        if (!data) return data;
        // A page without a changed row stays the same object: of many thousand rows few change.
        return { ...data, pages: data.pages.map((page) => changedPage(page, by)) };
      });
    },
    [queries, keyText],
  );

  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const readChanged = useCallback(async () => {
    timer.current = undefined;
    const { jobs } = await call('findJobs', { ...(JSON.parse(keyText) as Filter), limit: PAGE_ROWS });
    const fresh = new Map(jobs.map((job) => [job.job_id, job]));
    change((row) => fresh.get(row.job_id) ?? row);
  }, [change, keyText]);

  const onEvent = useCallback(
    (event: EventMessage) => {
      if (event.job_id === null || isHeld) return;
      const id = rowIdOf(event.job_id);
      const { state } = event;
      if (!known.current.has(id)) {
        if (event.type === 'enqueued') setNewIds((ids) => (ids.has(id) ? ids : new Set([...ids, id])));
        return;
      }
      if (state === null) return;
      const [status, phase = null] = state.split('/') as [Status, Phase | undefined];
      change((row) => (row.job_id === id ? { ...row, status, phase, attempts: event.attempt ?? row.attempts } : row));
      timer.current ??= setTimeout(() => void readChanged().catch(() => undefined), GATHER_MS);
    },
    [change, isHeld, readChanged],
  );
  useEvents(onEvent);

  const readAgain = useCallback(async () => {
    setNewIds(new Set());
    await queries.resetQueries({ queryKey: ['jobList', JSON.parse(keyText)] });
  }, [queries, keyText]);
  return { query, rows, newJobs: newIds.size, readAgain, readChanged };
}
