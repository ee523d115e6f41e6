import { isTerminal } from '../../../src/contract/job.ts';
import type { InputOf } from '../../../src/contract/queue-api.ts';
import type { Bulk } from '../bulk/use-preview.ts';
import type { FilterName } from './filters.ts';

/** What never changes of a failed job, or of a live one: by these alone a preview still holds when it is confirmed. */
const OF_FAILED: readonly FilterName[] = [
  'status',
  'user_id',
  'receipt_id',
  'error_code',
  'fingerprint',
  'batch_id',
  'created_after',
  'created_before',
];
const OF_LIVE: readonly FilterName[] = [
  'status',
  'phase',
  'user_id',
  'receipt_id',
  'batch_id',
  'created_after',
  'created_before',
];

/** What can be done to every job that a filter finds. @param asked the filter, without what is empty */
export function bulksOf(asked: InputOf<'findJobs'>): readonly Bulk[] {
  const statuses = asked.status ?? [];
  const names = Object.keys(asked) as FilterName[];
  const isBy = (allowed: readonly FilterName[]) => names.every((name) => allowed.includes(name));
  if (statuses.length === 1 && statuses[0] === 'failed' && isBy(OF_FAILED)) {
    const { status: _, ...filter } = asked;
    return [
      { action: 'clearFailedJobs', filter },
      { action: 'redriveFailedJobs', filter },
    ];
  }
  if (statuses.length > 0 && !statuses.some(isTerminal) && isBy(OF_LIVE)) {
    return [{ action: 'cancelJobs', filter: asked }];
  }
  return [];
}
