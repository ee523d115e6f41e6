import type { Sabotage } from './row.ts';

const batches = ['test/queue/batches.test.ts'];
const histories = ['test/queue/batch-histories.test.ts'];

/** What a batch tells of its members, and that it ends once. */
export const BATCH_SABOTAGES: readonly Sabotage[] = [
  {
    guard: 'of two gates one ends a batch',
    promise: 'Q3: a batch ends exactly once',
    file: 'src/ledger/batch-ends.ts',
    find: 'and ended_at is null for update skip locked',
    replace: 'and ended_at is null',
    tests: batches,
  },
  {
    guard: 'all members are looked at once more before a batch ends',
    promise: 'Q3: a batch does not end while a member lives',
    file: 'src/ledger/batch-ends.ts',
    find: 'select * from counted where live = 0',
    replace: 'select * from counted',
    tests: batches,
  },
  {
    guard: 'a member counts with its latest generation',
    promise: 'Q3: a retry shows in the progress of its batch',
    file: 'src/ledger/batch-members.ts',
    find: 'where m.superseded and g.kind',
    replace: 'where false and g.kind',
    tests: batches,
  },
  {
    guard: 'a wait goes on from what is final',
    promise: 'Q14: no change of a transaction that commits late is missed',
    file: 'src/feed/reader.ts',
    find: 'return { epoch, xid: xmin, id: 0 };',
    replace: 'return { epoch, xid: xmin + 1_000n, id: 0 };',
    tests: ['test/feed/wait-for-jobs.test.ts'],
  },
  {
    guard: 'a wait tells a caller of its own jobs only',
    promise: 'S1: another user’s job is answered like an unknown one',
    file: 'src/queue/wait-for-jobs.ts',
    find: 'readAsked(db, { tenant, userId }, kind',
    replace: 'readAsked(db, { tenant, userId: undefined }, kind',
    tests: ['test/feed/wait-for-jobs.test.ts'],
  },
  {
    guard: 'what a call accepts commits with its key',
    promise: 'H3: a call that is repeated under its key is done once',
    file: 'src/queue/by-key.ts',
    find: 'call.caller = { ...caller, db: inTransaction(caller.db, tx) };',
    replace: '',
    tests: ['test/queue/by-key.test.ts'],
  },
  {
    guard: 'a key is claimed before its call is made',
    promise: 'H3: of two calls at once under one key one is made',
    file: 'src/queue/by-key.ts',
    find: 'if (!(await claimKey(tx, key, fingerprint))) return undefined;',
    replace: 'await claimKey(tx, key, fingerprint);',
    tests: ['test/queue/by-key.test.ts'],
  },
  {
    guard: 'what stands under the id of a deleted receipt is no member',
    promise: 'Q3: the parts of a batch add up, whatever becomes of its members',
    file: 'src/ledger/batch-members.ts',
    find: `and g.user_id = m.user_id and g.orphaned_at is not distinct from m.orphaned_at
    order by`,
    replace: 'order by',
    tests: histories,
  },
];
