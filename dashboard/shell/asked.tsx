import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { problemFrom } from '../api/problem.ts';
import { Trouble, troubleOf } from '../ui/trouble.tsx';
import { Waiting } from './waiting.tsx';

interface AskedProps<T> {
  readonly query: Pick<UseQueryResult<T>, 'data' | 'error' | 'refetch'>;
  readonly children: (data: T) => ReactNode;
}

/** An answer, or why there is none. What was there stays while it is asked for again. */
export function Asked<T>({ query, children }: AskedProps<T>) {
  const { data, error, refetch } = query;
  // The login opens over the page; it says what is missing.
  const trouble = error && problemFrom(error).code !== 'unauthenticated' ? troubleOf(problemFrom(error)) : undefined;
  return (
    <>
      {trouble && <Trouble trouble={trouble} onRetry={() => void refetch()} />}
      {data === undefined ? !error && <Waiting /> : children(data)}
    </>
  );
}
