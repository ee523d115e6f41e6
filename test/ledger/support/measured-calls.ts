import { BULK_OPERATIONS } from '../../../src/contract/bulk.ts';
import { ocrOf } from '../../../src/contract/job.ts';
import { HISTORY } from '../../../src/contract/policies.ts';
import { listReceipts } from '../../../src/jobs/ocr/receipts.ts';
import { admit } from '../../../src/ledger/admission.ts';
import { foldArrivals } from '../../../src/ledger/arrivals.ts';
import { loseAttempts } from '../../../src/ledger/attempts.ts';
import { endBatches } from '../../../src/ledger/batches/batch-ends.ts';
import { listBatches, readCountedBatch } from '../../../src/ledger/batches/batches.ts';
import { doSlice } from '../../../src/ledger/bulks/bulk-slice.ts';
import { forgetBulks, readLatestClearing } from '../../../src/ledger/bulks/bulks.ts';
import type { Db } from '../../../src/ledger/db.ts';
import { claimEngineChecks } from '../../../src/ledger/engine/engine-checks.ts';
import { findUnmet, settleDependencies, walkDependencies } from '../../../src/ledger/enqueue/dependencies.ts';
import { enqueueEach } from '../../../src/ledger/enqueue/enqueue-each.ts';
import { nextScheduledMs, releaseScheduled } from '../../../src/ledger/enqueue/later.ts';
import { findParents } from '../../../src/ledger/enqueue/parents.ts';
import { readFacts, readFinal, readNewest } from '../../../src/ledger/feed.ts';
import { claimUnstarted } from '../../../src/ledger/gate.ts';
import { measure } from '../../../src/ledger/insight/measure.ts';
import { foldHistory, forgetHistory, readBuckets } from '../../../src/ledger/insight/queue-history.ts';
import { readQueueNumbers } from '../../../src/ledger/insight/queue-numbers.ts';
import { readCounts } from '../../../src/ledger/insight/queue-state.ts';
import { endedOf, readJob } from '../../../src/ledger/jobs.ts';
import { expireBatches, expireJobs, forgetEvents } from '../../../src/ledger/retention.ts';
import { dueSchedules, nextScheduleMs } from '../../../src/ledger/schedules/schedule-runs.ts';
import { failingSchedules, listSchedules, readSchedule } from '../../../src/ledger/schedules/schedules.ts';
import { findGivenUp, findOverdueCancels, releaseDue, releaseStaleSaves } from '../../../src/ledger/sweep.ts';
import { forgetTraces } from '../../../src/ledger/traces.ts';
import { liveElsewhere, readAsked, readEnds } from '../../../src/ledger/waited.ts';
import { AUDIT_REQUESTS } from './audit-calls.ts';
import { BILL_REQUESTS, BILL_ROUNDS } from './bill-calls.ts';
import { KEY_LOOKUPS, KEY_REQUESTS } from './key-calls.ts';
import { LATER_REQUESTS, LATER_ROUNDS } from './later-calls.ts';
import { BREAKER_ROUNDS, LIMIT_REQUESTS } from './limit-calls.ts';
import { REVIEW_REQUESTS, REVIEW_ROUNDS } from './review-calls.ts';
import { type Call, SEARCHES } from './searches.ts';
import { WEBHOOK_REQUESTS, WEBHOOK_ROUNDS } from './webhook-calls.ts';

const FIRST_EPOCH = { epoch: 1, cluster: null, firstId: 1, firstXid: 0n, end: null };
const START = { epoch: 1, xid: 0n, id: 0 };

const TENANT = { tenant: 'default', userId: undefined } as const;
/** Batches of one job each, open and ended ones, beside one of 20 jobs. */
const PROBE_BATCHES = 50;
const FROM_START = { after: { xid: 0n, id: 0 }, end: { xid: 2n ** 62n } };

/** The last so many buckets. */
function ofLately(stepS: number, fromS: number, buckets: number): Parameters<typeof readBuckets>[2] {
  const to = new Date();
  return { from: new Date(to.getTime() - buckets * stepS * 1000), to, stepS, fromS };
}

/** Run under the request role, whose policy is part of every plan. */
const REQUESTS: Readonly<Record<string, Call>> = {
  'status of a job': (db, receiptId) => readJob(db, 'default', { ...ocrOf(receiptId), generation: undefined }),
  'queue_info of everybody': (db) => readCounts(db, 'default', 0),
  'queue_info of one owner': (db) => readCounts(db, 'default', 3),
  'queue_info of an owner without jobs': (db) => readCounts(db, 'default', 100_000),
  'the first page of a receipt list': (db) =>
    listReceipts(db, { tenant: 'default', userId: 3, after: undefined, limit: 5 }),
  'a later page of a receipt list': (db, receiptId) =>
    listReceipts(db, { tenant: 'default', userId: 3, after: [receiptId], limit: 5 }),
  'the first page of the batches': (db) => listBatches(db, { ...TENANT, after: undefined, limit: 5 }),
  'a later page of the batches of one owner': (db) =>
    listBatches(db, { ...TENANT, userId: 3, after: [PROBE_BATCHES], limit: 5 }),
  'schedules, page by page': (db) => listSchedules(db, { ...TENANT, after: undefined, limit: 11 }),
  'schedules of a user': (db) => listSchedules(db, { ...TENANT, userId: 3, after: undefined, limit: 11 }),
  'a schedule by its name': (db) => readSchedule(db, TENANT, 'schedule-17', { lock: false }),
  'schedules whose runs are refused': (db) => failingSchedules(db, 'default', 0),
  'a batch with its members': (db) => readCountedBatch(db, TENANT, 'batch-probe'),
  'a wait for jobs': (db, receiptId) =>
    readAsked(db, TENANT, 'ocr', [{ ...ocrOf(receiptId), generation: undefined }], FROM_START),
  'what a wait for a batch follows': (db) => liveElsewhere(db, 'default', 'batch-probe'),
  'a wait for a batch': (db) => readEnds(db, 'default', 'batch-probe', FROM_START, 100),
  'enqueue of what is there': (db, subject) =>
    enqueueEach(db, 'ocr', [
      {
        subject,
        asked: undefined,
        tenant: 'default',
        userId: undefined,
        priority: 'default',
        mode: 'once',
      },
    ]),
  ...SEARCHES,
  'jobs that another is to wait for': (db, receiptId) =>
    findParents(db, [`ocr-${receiptId}`], { ...TENANT, of: [ocrOf(receiptId + 1)] }),
  'the history of a day': (db) => readBuckets(db, { tenant: 'default', userId: 0 }, ofLately(900, 900, 96)),
  'the longest history of one owner': (db) =>
    readBuckets(db, { tenant: 'default', userId: 3 }, ofLately(300, 60, HISTORY.mostBuckets)),
  ...LIMIT_REQUESTS,
  ...BILL_REQUESTS,
  ...WEBHOOK_REQUESTS,
  ...KEY_REQUESTS,
  ...AUDIT_REQUESTS,
  ...REVIEW_REQUESTS,
  ...LATER_REQUESTS,
};

/** How much of a page is final depends on what other tests have open: less than the difference that is looked for. */
const FEED_PAGE = 15;

/** Read what belongs to everybody. */
const ROUNDS: Readonly<Record<string, Call>> = {
  admission: (db) => admit(db, 2_000),
  'what a scrape shows of the queue': (db) => readQueueNumbers(db),
  'traces that are a week old': (db) => forgetTraces(db, 50),
  ...BREAKER_ROUNDS,
  ...BILL_ROUNDS,
  ...WEBHOOK_ROUNDS,
  ...KEY_LOOKUPS,
  ...REVIEW_ROUNDS,
  ...LATER_ROUNDS,
  'starts that a dead gate left behind': (db) => claimUnstarted(db, 50),
  'attempts that are lost': (db) => loseAttempts(db),
  'cancels that are overdue': findOverdueCancels,
  'jobs whose time is up': (db) => findGivenUp(db, 200),
  'back-off that has passed': releaseDue,
  'saves that nobody carries out': releaseStaleSaves,
  'jobs to compare with the engine': (db) => claimEngineChecks(db, 50),
  'results past their time': (db) => expireJobs(db, ['finished'], 7 * 86_400, 500),
  'what the last jobs took': measure,
  'scheduled jobs whose time has come': releaseScheduled,
  'when the next scheduled job is due': nextScheduledMs,
  'jobs whose parents have ended': settleDependencies,
  'jobs that end with a parent': findUnmet,
  'the walk over what jobs wait for': (db) => walkDependencies(db, { jobNo: 0, parentNo: 0 }, 20),
  'slices of bulks': (db) => doSlice(db, { operations: BULK_OPERATIONS }),
  'bulks past their time': (db) => forgetBulks(db, 20),
  'the latest clearing of a user': (db) => readLatestClearing(db, 'default', 3),
  'batches that have ended': (db) => endBatches(db, { after: 0 }, 5),
  'batches past their time': (db) => expireBatches(db, 7 * 86_400, 200),
  'schedules that are due': (db) => dueSchedules(db, { limit: 5 }),
  'events past their time': (db) => forgetEvents(db, 30 * 86_400, 200),
  'when the next schedule is due': nextScheduleMs,
  'what has arrived': (db) => foldArrivals(db),
  'what the history has not counted': (db) => foldHistory(db, 100, 1),
  'history past its time': (db) => forgetHistory(db, 200),
  'a page of the feed': (db) => readFinal(db, FIRST_EPOCH, START, FEED_PAGE),
  'the end of the feed': async (db) =>
    readFinal(db, FIRST_EPOCH, { ...START, xid: (await readFacts(db)).xmin }, FEED_PAGE),
  'the newest events, while others are being committed': (db) => readNewest(db, FIRST_EPOCH, START, FEED_PAGE),
  'whether the ledger was moved': (db) => db.query('select pantry_queue.has_moved()'),
  'which of those that are waited for have ended': (db, receiptId) => endedOf(db, [receiptId, receiptId + 1]),
};

/** What requests, rounds and searches ask of the ledger, and under which role. */
export const CALLS: readonly (readonly [name: string, call: Call, on: (db: Db) => Db])[] = [
  ...Object.entries(REQUESTS).map(([name, call]) => [name, call, (db: Db) => db.as('default')] as const),
  ...Object.entries(ROUNDS).map(([name, call]) => [name, call, (db: Db) => db] as const),
];
