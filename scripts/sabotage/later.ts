import type { Sabotage } from './row.ts';

const after = ['test/queue/after.test.ts'];
const runAt = ['test/queue/run-at.test.ts'];

/** Jobs that start at a time, and after other jobs. */
export const LATER_SABOTAGES: readonly Sabotage[] = [
  {
    guard: 'a scheduled job is released when its time has come, and no sooner',
    promise: 'Q12: a job starts at its time',
    file: 'src/ledger/later.ts',
    find: "where status = 'scheduled' and run_at <= now()",
    replace: "where status = 'scheduled'",
    tests: runAt,
  },
  {
    guard: 'of gates that look at the same moment one releases a job',
    promise: 'Q12: one event tells of a release',
    file: 'src/ledger/later.ts',
    find: 'order by run_at limit $1 for update skip locked',
    replace: 'order by run_at limit $1',
    tests: runAt,
  },
  {
    guard: 'a day that does not exist is no time',
    promise: 'Q12: an impossible time is refused',
    file: 'src/contract/start-time.ts',
    find: '.slice(0, 10) === day',
    replace: '.length > 0',
    tests: runAt,
  },
  {
    guard: 'the end of a job is told to those that wait for it',
    promise: 'Q12: a job starts when its parents have ended',
    file: 'src/ledger/functions/counts.sql',
    find: 'update pantry_queue.dependencies d set parent_ended = true',
    replace: 'update pantry_queue.dependencies d set parent_ended = d.parent_ended',
    tests: after,
  },
  {
    guard: 'a walk finds ends that no trigger told',
    promise: 'Q12: a parent that ends while its child is accepted releases it',
    file: 'src/dispatch/later.ts',
    find: 'await walkDependencies(db, walk);',
    replace: '',
    tests: after,
  },
  {
    guard: 'a parent without a result releases nobody who asked for one',
    promise: 'Q12: on_parent_failure decides',
    file: 'src/ledger/dependencies.ts',
    find: "(p.status is not distinct from 'finished' or d.on_parent_failure = 'run')",
    replace: 'true',
    tests: after,
  },
  {
    guard: 'another user’s job is no parent',
    promise: 'S1: another user’s job is answered like an unknown one',
    file: 'src/ledger/functions/later.sql',
    find: ' and ($3 is null or l.user_id = $3)',
    replace: '',
    tests: after,
  },
  {
    guard: 'jobs that would wait for each other are refused',
    promise: 'Q12: circles are refused',
    file: 'src/ledger/functions/later.sql',
    find: 'where j.kind = $4 and j.subject = any ($5)',
    replace: 'where false',
    tests: after,
  },
];
