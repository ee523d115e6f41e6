import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { problemFrom } from '../api/problem.ts';
import { Trouble, troubleOf } from '../ui/trouble.tsx';
import { Waiting } from './waiting.tsx';

interface AskedProps<T> {
  readonly query: Pick<UseQueryResult<T>, 'data' | 'error' | 'refetch'>;
  readonly children: (data: T) => ReactNode;
}

interface AskedTroubleProps {
  readonly error: Error | null;
  readonly onRetry: () => void;
}

/** Why there is no answer; nothing where a key is missing: the login opens over the page and says it. */
export function AskedTrouble({ error, onRetry }: AskedTroubleProps) {
  if (error === null || problemFrom(error).code === 'unauthenticated') return null;
  return <Trouble trouble={troubleOf(problemFrom(error))} onRetry={onRetry} />;
}

/** An answer, or why there is none. What was there stays while it is asked for again. */
export function Asked<T>({ query, children }: AskedProps<T>) {
  const { data, error, refetch } = query;
  return (
    <>
      <AskedTrouble error={error} onRetry={() => void refetch()} />
      {data === undefined ? !error && <Waiting /> : children(data)}
    </>
  );
}
