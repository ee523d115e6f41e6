import type { Sabotage } from './row.ts';

const clearing = ['test/queue/clear-failed-jobs.test.ts'];
const tokens = ['test/queue/confirm-tokens.test.ts'];
const slices = ['test/ledger/bulk-slices.test.ts'];

/** What keeps a call over many jobs to what was previewed, and to once. */
export const BULK_SABOTAGES: readonly Sabotage[] = [
  {
    guard: 'only what was committed in the snapshot of the preview',
    promise: 'Q6: a confirmation acts on exactly the jobs of its preview',
    file: 'src/ledger/bulk-members.ts',
    find: 'or pg_visible_in_snapshot(e.xid, ${snapshot}::pg_snapshot))`',
    replace: 'or pg_visible_in_snapshot(e.xid, ${snapshot}::pg_snapshot) or true)`',
    tests: clearing,
  },
  {
    guard: 'the last job of a preview that found more than a bulk holds',
    promise: 'Q6: no younger job takes the place of one that drops out',
    file: 'src/ledger/bulk-members.ts',
    find: 'if (last === null) return',
    replace: 'if (last) return',
    tests: clearing,
  },
  {
    guard: 'cleared failures are not counted',
    promise: 'Q6: what was cleared leaves the counts',
    file: 'src/ledger/functions/counts.sql',
    find: '1 from new_jobs\n      where not superseded and orphaned_at is null and cleared_at is null',
    replace: '1 from new_jobs\n      where not superseded and orphaned_at is null',
    tests: clearing,
  },
  {
    guard: 'the signature of a confirmation',
    promise: 'Q6: nobody confirms what no preview has promised',
    file: 'src/queue/confirm-tokens.ts',
    find: 'if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) {',
    replace: 'if (given.length === 0 || !timingSafeEqual(wanted, wanted)) {',
    tests: tokens,
  },
  {
    guard: 'tenant and user in what is signed',
    promise: 'I9: the confirmation of one is none of another',
    file: 'src/queue/confirm-tokens.ts',
    find: "JSON.stringify(['confirm', VERSION, tenant, user, payload])",
    replace: "JSON.stringify(['confirm', VERSION, typeof tenant, typeof user, payload])",
    tests: tokens,
  },
  {
    guard: 'a caller who may no longer act for all',
    promise: 'S1: nobody acts for others without the right to',
    file: 'src/queue/confirm-tokens.ts',
    find: "if (!principal.scopes.has('act_as') && promised.onlyUser !== principal.user) throw foreign();",
    replace: '',
    tests: tokens,
  },
  {
    guard: 'a preview that is too old',
    promise: 'Q6: a confirmation counts for ten minutes',
    file: 'src/queue/confirm-tokens.ts',
    find: 'if (now.getTime() < expiresAt && seen.epoch === epoch) return;',
    replace: 'if (seen.epoch === epoch) return;',
    tests: tokens,
  },
  {
    guard: 'what has acted answers with its bulk',
    promise: 'Q6: a confirmation that is sent again acts once',
    file: 'src/queue/previewed.ts',
    find: 'if (!(await read())) {',
    replace: 'if (!(await read()) || confirmKey) {',
    tests: tokens,
  },
  {
    guard: 'jobs that somebody else holds are left to a later slice',
    promise: 'Q9: no bulk waits for a lock',
    file: 'src/ledger/bulk-slice.ts',
    find: 'order by j.job_no for update skip locked',
    replace: 'order by j.job_no for update',
    tests: ['test/queue/redrive-failed-jobs.test.ts'],
  },
  {
    guard: 'a slice that is refused is done one by one',
    promise: 'Q9: a doomed job holds up no other',
    file: 'src/ledger/bulk-slice.ts',
    find: '  if (together) return together;',
    replace: "  if (together) return together;\n  throw new Error('refused');",
    tests: slices,
  },
  {
    guard: 'the row of a bulk is locked for its slice',
    promise: 'Q9: each job is acted on once, however many processes work on its bulk',
    file: 'src/ledger/bulk-slice.ts',
    find: 'limit 1 for update skip locked`;',
    replace: 'limit 1`;',
    tests: slices,
  },
  {
    guard: 'a slice asks for no position of the jobs that it accepts',
    promise: 'Q9: a slice costs as much a job, however many jobs it holds',
    file: 'src/ledger/enqueue-each.ts',
    find: 'select j.subject from pantry_queue',
    replace: "select j.subject, ${countAhead('j')} from pantry_queue",
    tests: slices,
  },
  {
    guard: 'a new generation updates nothing where the one before it is superseded',
    promise: 'Q9: a slice counts its jobs together, not one by one',
    file: 'src/ledger/functions/arrivals.sql',
    find: 'if new.generation > 1 and exists (',
    replace: 'if new.generation > 1 or exists (',
    tests: slices,
  },
];
