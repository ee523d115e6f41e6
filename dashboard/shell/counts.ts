import { useQuery } from '@tanstack/react-query';
import { answer } from '../api/queries.ts';

/** What the navigation counts, by its name in the table of pages. */
export function useNavCounts(): Readonly<Record<'failed' | 'review', number | undefined>> {
  const { data } = useQuery(answer('queueInfo', {}));
  return { failed: data?.failed_jobs, review: data?.reviews.open };
}
