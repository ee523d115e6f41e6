import { ocrOf } from '../../../src/contract/job.ts';
import { beginAttempt } from '../../../src/ledger/attempts.ts';
import { claimLook, noteFailure, noteHealthy, readBreaker, tryAgentNow } from '../../../src/ledger/breaker/breaker.ts';
import { readCap, stepBreaker } from '../../../src/ledger/breaker/breaker-steps.ts';
import { holdingCaps, pauseQueue, resumeQueue } from '../../../src/ledger/caps.ts';
import type { Db } from '../../../src/ledger/db.ts';
import { enqueueEach } from '../../../src/ledger/enqueue/enqueue-each.ts';
import { limitsOf } from '../../../src/ledger/enqueue/limits.ts';
import { endBackoff, park, parkIdle, unpark, unparkJob } from '../../../src/ledger/parking.ts';
import { listCaps, setCap } from '../../../src/ledger/set-caps.ts';
import type { Call } from './searches.ts';

const closed = async (db: Db) => {
  await db.query('delete from pantry_queue.caps where tenant_id is null');
  await db.query('update pantry_queue.breaker set next_probe_at = null, replies = 0');
};

/** With a breaker that is open, and closed again afterwards. */
const whileOpen =
  (call: Call, inFlight = 0): Call =>
  async (db, receiptId) => {
    await db.query(`insert into pantry_queue.caps (tenant_id, in_flight, reason) values (null, $1, 'same_error')`, [
      inFlight,
    ]);
    await db.query('update pantry_queue.breaker set next_probe_at = now(), replies = $1', [inFlight]);
    await call(db, receiptId);
    await closed(db);
  };

const generationOf = (receiptId: number) => ({ ...ocrOf(receiptId), generation: 1 });
const runOf = (receiptId: number) => ({ ...generationOf(receiptId), runNo: 1 });

const OWNER = 11;
const limited = (changes: { in_flight?: number | null; queued?: number | null; per_minute?: number | null }) => ({
  ...changes,
  ...{ userId: OWNER, kind: undefined, by: 'user 1', note: undefined },
});
const unlimit = (db: Db) => setCap(db, 'default', limited({ in_flight: null, queued: null, per_minute: null }));

/** What callers ask and change of limits. */
export const LIMIT_REQUESTS: Readonly<Record<string, Call>> = {
  'limits that hold jobs up': (db) => holdingCaps(db, 'default', 0),
  'limits that hold one owner up': (db) => holdingCaps(db, 'default', 10),
  'limits that hold for an owner, and what is used of them': (db) => limitsOf(db, 'default', 10),
  'the first page of the limits': (db) => listCaps(db, 'default', { userId: undefined, after: undefined, limit: 5 }),
  'a later page of the limits of one user': (db) => listCaps(db, 'default', { userId: 10, after: [1], limit: 5 }),
  'a limit that is set and removed': async (db) => {
    await setCap(db, 'default', limited({ in_flight: 5 }));
    await unlimit(db);
  },
  'a pause of one user, and its end': async (db) => {
    await pauseQueue(db, 'default', OWNER, 'user 1', undefined);
    await resumeQueue(db, 'default', OWNER);
  },
  'an enqueue beyond a limit': async (db, subject) => {
    await setCap(db, 'default', { ...limited({ queued: 0, per_minute: 0 }), userId: undefined });
    const asked = { subject, asked: undefined, tenant: 'default', userId: undefined } as const;
    await enqueueEach(db, 'ocr', [{ ...asked, priority: 'default', mode: 'force' }]);
    await setCap(db, 'default', {
      ...limited({ in_flight: null, queued: null, per_minute: null }),
      userId: undefined,
    });
  },
  'whether the agent is tried at once': tryAgentNow,
  'the end of a back-off': (db, receiptId) => endBackoff(db, generationOf(receiptId)),
  'a job that is parked no more': (db, receiptId) => unparkJob(db, generationOf(receiptId)),
};

/** What the round of the breaker reads and writes, what attempts tell it, and what queue_info reads of it. */
export const BREAKER_ROUNDS: Readonly<Record<string, Call>> = {
  'whether the breaker is open': readCap,
  'a step of an open breaker': whileOpen(stepBreaker),
  'the last step of an open breaker': whileOpen(stepBreaker, 1_000_000),
  'what an open breaker parks': whileOpen(parkIdle),
  'what it releases': whileOpen((db) => unpark(db, 1_000)),
  'the breaker as queue_info shows it': whileOpen((db) => readBreaker(db, 'default', 0)),
  'a job that an open breaker parks': whileOpen((db, receiptId) => park(db, runOf(receiptId))),
  'an attempt that may not begin': whileOpen((db, receiptId) =>
    beginAttempt(db, runOf(receiptId), { id: 'w', name: 'w' }),
  ),
  'a health check of the agent': whileOpen(async (db) => {
    await claimLook(db);
    await noteHealthy(db);
  }),
  'a failure that opens the breaker': async (db, receiptId) => {
    await noteFailure(db, generationOf(receiptId), { code: 'agent_unavailable', message: 'No use.' });
    await closed(db);
  },
  'a failure that others may meet too': (db, receiptId) =>
    noteFailure(db, generationOf(receiptId), { code: 'agent_error', message: 'No use.' }),
};
