import { ocrOf } from '../../../src/contract/job.ts';
import type { JobFilter } from '../../../src/contract/job-filter.ts';
import { findReceipts } from '../../../src/jobs/ocr/find-receipts.ts';
import { merchantsNamed } from '../../../src/jobs/ocr/merchants.ts';
import { sumReceipts } from '../../../src/jobs/ocr/sum-receipts.ts';
import type { FilteredOperation } from '../../../src/ledger/bulks/bulk-members.ts';
import { previewBulk } from '../../../src/ledger/bulks/bulk-preview.ts';
import type { Db } from '../../../src/ledger/db.ts';
import { findJobs } from '../../../src/ledger/find-jobs.ts';
import { listFailures } from '../../../src/ledger/insight/failures.ts';
import { readHistory } from '../../../src/ledger/insight/history.ts';
import { readJob } from '../../../src/ledger/jobs.ts';

export type Call = (db: Db, receiptId: number) => Promise<unknown>;

/** A page of a search by a filter; the time is one that lies behind all that is seeded as ended. */
const AN_HOUR_AGO = () => new Date(Date.now() - 3_600_000).toISOString();
const finding =
  (filterOf: (receiptId: number) => JobFilter, userId?: number): Call =>
  (db, receiptId) =>
    findJobs(db, filterOf(receiptId), { tenant: 'default', userId }, { after: undefined, limit: 11 });

const previewing =
  (operation: FilteredOperation, filter: JobFilter, userId?: number): Call =>
  (db) =>
    previewBulk(db, operation, filter, { tenant: 'default', userId });

const OWNER = { tenant: 'default', userId: 3 };
const PAGE = { after: undefined, limit: 11 };
/** Before all that is seeded: what a user has grows with the others, and a sum reads all that fits. */
const LONG_AGO = { from: '2020-01-01', to: '2020-12-31' };

/** Searches and previews, by filters of every kind. */
export const SEARCHES: Readonly<Record<string, Call>> = {
  'jobs, found by nothing': finding(() => ({})),
  'jobs, found by their user': finding(() => ({}), 3),
  'jobs, found by a user who has none': finding(() => ({}), 100_000),
  'jobs, found by their receipt': finding((receipt_id) => ({ receipt_id })),
  'jobs, found by their batch': finding(() => ({ batch_id: 'batch-probe' })),
  'failed jobs by their cause': (db) =>
    listFailures(db, { tenant: 'default', userId: undefined, after: undefined, limit: 11 }),
  'failed jobs of a user by their cause': (db) =>
    listFailures(db, { tenant: 'default', userId: 3, after: undefined, limit: 11 }),
  'the events of a job': async (db, receiptId) =>
    readHistory(db, (await readJob(db, 'default', { ...ocrOf(receiptId), generation: undefined }))?.job_no ?? 0),
  'jobs, found by a merchant': finding(() => ({ merchant: 'rare' })),
  'jobs, found by a merchant of many': finding(() => ({ merchant: 'corner' })),
  'jobs, found as finished': finding(() => ({ status: ['finished'] })),
  'jobs, found as failed': finding(() => ({ status: ['failed'] })),
  'jobs, found as canceled, which none is': finding(() => ({ status: ['canceled'] })),
  'jobs, found as queued': finding(() => ({ status: ['queued'] })),
  'jobs, found as started': finding(() => ({ status: ['started'] })),
  'jobs, found by a phase': finding(() => ({ phase: ['parked'] })),
  'jobs, found by their error': finding(() => ({ error_code: 'agent_error' })),
  'jobs, found by an error that none has': finding(() => ({ error_code: 'internal' })),
  'jobs, found by a cause that none has': finding(() => ({ fingerprint: '0'.repeat(16) })),
  'jobs, found by when they were accepted': finding(() => ({ created_after: AN_HOUR_AGO() })),
  'jobs, found by a time before any was accepted': finding(() => ({ created_before: '2020-01-01T00:00:00Z' })),
  'jobs, found by when they ended': finding(() => ({ ended_before: AN_HOUR_AGO() })),
  'jobs, found by a time in which none ended': finding(() => ({ ended_before: '2020-01-01T00:00:00Z' })),
  'jobs, found by user and status': finding(() => ({ status: ['failed'] }), 3),
  'jobs, found by user and error': finding(() => ({ error_code: 'agent_error' }), 3),
  'jobs, found by user and merchant': finding(() => ({ merchant: 'corner' }), 3),
  'jobs, found by status and time of end': finding(() => ({ status: ['failed'], ended_before: AN_HOUR_AGO() })),
  'jobs, found by status and time of acceptance': finding(() => ({
    status: ['failed'],
    created_before: '2020-01-01T00:00:00Z',
  })),
  'receipts of a user, found by nothing': (db) => findReceipts(db, {}, OWNER, undefined, PAGE),
  'receipts of a user, found by a year': (db) => findReceipts(db, LONG_AGO, OWNER, undefined, PAGE),
  'the shops of a user with a name': (db) => merchantsNamed(db, OWNER, 'corner'),
  'a sum of the receipts of a user who has none': (db) =>
    sumReceipts(db, {}, { ...OWNER, userId: 100_000 }, undefined, { sumBy: 'merchant', limit: 10 }),
  'a receipt of the same purchase': (db, receiptId) =>
    db.query(`select pantry_queue.twin_of($1, 'default', 3, 'Corner Shop', '2026-01-30', 12.5, 'EUR')`, [receiptId]),
  'a preview of clearing all failed jobs': previewing('clear_failed_jobs', {}),
  'a preview of clearing those of one user': previewing('clear_failed_jobs', {}, 3),
  'a preview of clearing those with a code': previewing('clear_failed_jobs', { error_code: 'agent_error' }),
  'a preview of clearing where none has the code': previewing('clear_failed_jobs', { error_code: 'internal' }),
  'a preview of canceling a batch': previewing('cancel_jobs', { batch_id: 'batch-probe' }),
  'a preview of canceling the job of a receipt': (db, receipt_id) =>
    previewBulk(db, 'cancel_jobs', { receipt_id }, { tenant: 'default', userId: undefined }),
  'a preview of running a batch again': previewing('redrive_failed_jobs', { batch_id: 'batch-probe' }),
};
