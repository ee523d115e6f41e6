import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import type { InputOf, OutputOf } from '../../src/contract/queue-api.ts';
import { call, type RouteKey } from './call.ts';

/** The operations with the one shape of a list. */
export type ListKey = {
  [K in RouteKey]: OutputOf<K> extends { readonly next_cursor: string | null } ? K : never;
}[RouteKey];

const PAGE_ROWS = 100;
/** All pages are asked for again when an event touches the list: so many, and no more. */
const MOST_PAGES = 20;

/** A list page by page; what makes its answers old is in the table of `queries.ts`. */
export function usePages<K extends ListKey>(key: K, input: Omit<InputOf<K>, 'limit' | 'cursor'>, everyMs?: number) {
  return useInfiniteQuery({
    queryKey: [key, input, 'pages'] as const,
    queryFn: ({ pageParam, signal }) => {
      const asked = { ...input, limit: PAGE_ROWS, ...(pageParam === '' ? {} : { cursor: pageParam }) };
      return call(key, asked as InputOf<K>, { signal });
    },
    initialPageParam: '',
    getNextPageParam: (page: OutputOf<K>, pages) =>
      pages.length < MOST_PAGES ? (page as { readonly next_cursor: string | null }).next_cursor : null,
    placeholderData: keepPreviousData,
    refetchInterval: everyMs ?? false,
  });
}

/** What `Rows` needs to load further pages. */
export function moreOf(query: {
  readonly hasNextPage: boolean;
  readonly isFetchingNextPage: boolean;
  readonly fetchNextPage: () => Promise<unknown>;
}) {
  return {
    onMore: query.hasNextPage ? () => void query.fetchNextPage() : undefined,
    isLoadingMore: query.isFetchingNextPage,
  };
}
