import type { Sabotage } from './row.ts';

const found = ['test/queue/find-jobs.test.ts'];

/** Searches find their own rows only, in bounded work; explanations and groups of failures are true. */
export const FIND_SABOTAGES: readonly Sabotage[] = [
  {
    guard: 'a search that ends early says where to go on',
    promise: 'Q20: a list passes over no job',
    file: 'src/ledger/find-jobs.ts',
    find: '? { rows } : { rows, searchedTo: placeOf(filter, stop) };',
    replace: '? { rows } : { rows };',
    tests: found,
  },
  {
    guard: 'what lies behind the place where a walk ended is for the next page',
    promise: 'Q20: a list shows no job twice',
    file: 'src/ledger/find-jobs.ts',
    find: 'last < 0 ? found : found.slice(0, last + 1)',
    replace: 'found',
    tests: found,
  },
  {
    guard: 'a search has a time limit of its own that its caller can act on',
    promise: 'Q20: a search that is too broad is told so',
    file: 'src/ledger/db.ts',
    find: 'from === search && isTimeout(error) ? tooBroad(error) : mapDatabaseError(error)',
    replace: 'mapDatabaseError(error)',
    tests: found,
  },
  {
    guard: 'a job is found by the merchant of its own receipt only',
    promise: 'I9: nothing of another owner is told',
    file: 'src/ledger/job-filter.ts',
    find: "n.user_id = j.user_id and ${sameRow('j', 'n')} and lower(n.name)",
    replace: 'lower(n.name)',
    tests: ['test/ledger/job-filter.test.ts'],
  },
  {
    guard: 'cleared jobs are no dead letters',
    promise: 'Q9: the dead letter counts what is left',
    file: 'src/ledger/functions/counts.sql',
    find: "select status = 'failed' and not superseded and cleared_at is null and orphaned_at is null",
    replace: "select status = 'failed' and not superseded and orphaned_at is null",
    tests: ['test/queue/failed-jobs.test.ts'],
  },
  {
    guard: 'what the last attempt met is kept when all have failed',
    promise: 'Q9: attempts_exhausted is no cause',
    file: 'activities/retry-plan.ts',
    find: '    cause: error.code,\n',
    replace: '',
    tests: ['test/activities/retry-plan.test.ts'],
  },
  {
    guard: 'only a job that waits for its turn is moved',
    promise: 'Q10: a priority changes nothing in Temporal',
    file: 'src/ledger/priority.ts',
    find: 'and j.live and not j.in_engine and',
    replace: 'and j.live and',
    tests: ['test/queue/set-priority.test.ts'],
  },
  {
    guard: 'nobody is told to act on a job that is not run again',
    promise: 'Q15: an explanation is true in each state',
    file: 'src/words/explain.ts',
    find: "if (overBecause(row) !== null || code.endsWith('_deleted'))",
    replace: "if (code.endsWith('_deleted'))",
    tests: ['test/queue/explain-job.test.ts'],
  },
  {
    guard: 'a filter that describes no job is answered with none',
    promise: 'Q20: every filter has an answer',
    file: 'src/ledger/find-jobs.ts',
    find: 'if (parts.length === 0) return undefined;',
    replace:
      "if (parts.length === 0) parts.push('select null::bigint as job_no, true as fits, false as stops where false');",
    tests: ['test/queue/find-jobs.test.ts'],
  },
];
