import {
  type inferParserType,
  parseAsBoolean,
  parseAsInteger,
  parseAsNativeArrayOf,
  parseAsString,
  parseAsStringLiteral,
} from 'nuqs';
import { PHASES, STATUSES } from '../../../src/contract/job.ts';
import type { InputOf } from '../../../src/contract/queue-api.ts';

/** The filter of the list, as it stands in the address: the fields of `find_jobs`, each at most once but for lists. */
export const JOB_FILTERS = {
  status: parseAsNativeArrayOf(parseAsStringLiteral(STATUSES)),
  phase: parseAsNativeArrayOf(parseAsStringLiteral(PHASES)),
  merchant: parseAsString,
  error_code: parseAsString,
  fingerprint: parseAsString,
  batch_id: parseAsString,
  user_id: parseAsInteger,
  receipt_id: parseAsInteger,
  created_after: parseAsString,
  created_before: parseAsString,
  cleared: parseAsBoolean,
};

export type FilterName = keyof typeof JOB_FILTERS;
export type JobFilters = Partial<inferParserType<typeof JOB_FILTERS>>;

/** What is asked of the queue: without what is empty. */
export function askedOf(filters: JobFilters): InputOf<'findJobs'> {
  const given = Object.entries(filters).filter(
    ([, value]) => value !== null && value !== '' && !(Array.isArray(value) && value.length === 0),
  );
  return Object.fromEntries(given) as InputOf<'findJobs'>;
}

/** What each filter is called. */
export const FILTER_NAMES: Readonly<Record<FilterName, string>> = {
  status: 'State',
  phase: 'Waits',
  merchant: 'Merchant begins with',
  error_code: 'Error',
  fingerprint: 'Cause',
  batch_id: 'Batch',
  user_id: 'Owner',
  receipt_id: 'Receipt',
  created_after: 'Accepted from',
  created_before: 'Accepted before',
  cleared: 'Cleared failures',
};
