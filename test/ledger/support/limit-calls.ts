import { readBreaker } from '../../../src/ledger/breaker.ts';
import { readCap, stepBreaker } from '../../../src/ledger/breaker-steps.ts';
import { holdingCaps } from '../../../src/ledger/caps.ts';
import type { Db } from '../../../src/ledger/db.ts';
import { parkIdle, unpark } from '../../../src/ledger/parking.ts';

type Call = (db: Db) => Promise<unknown>;

/** With a breaker that is open, and closed again afterwards. */
const whileOpen =
  (call: Call): Call =>
  async (db) => {
    await db.query(`insert into pantry_queue.caps (tenant_id, in_flight, reason) values (null, 0, 'same_error')`);
    await db.query('update pantry_queue.breaker set next_probe_at = now()');
    await call(db);
    await db.query('delete from pantry_queue.caps where tenant_id is null');
    await db.query('update pantry_queue.breaker set next_probe_at = null');
  };

/** What queue_info reads of the limits. */
export const LIMIT_REQUESTS: Readonly<Record<string, Call>> = {
  'limits that hold jobs up': (db) => holdingCaps(db, 'default', 0),
  'limits that hold one owner up': (db) => holdingCaps(db, 'default', 10),
};

/** What the round of the breaker reads, and queue_info of it. */
export const BREAKER_ROUNDS: Readonly<Record<string, Call>> = {
  'whether the breaker is open': readCap,
  'a step of an open breaker': whileOpen(stepBreaker),
  'what an open breaker parks': whileOpen(parkIdle),
  'what it releases': whileOpen((db) => unpark(db, 1_000)),
  'the breaker as queue_info shows it': whileOpen((db) => readBreaker(db, 'default', 0)),
};
