import type { Sabotage } from './row.ts';

const deletions = ['test/queue/nothing-left.test.ts'];
const history = ['test/feed/history.test.ts'];
const problems = ['test/queue/problem-table.test.ts'];
const edits = ['test/queue/update-receipt.test.ts'];

/** What people see of the queue, and what they set themselves. */
export const INSIGHT_SABOTAGES: readonly Sabotage[] = [
  {
    guard: 'a person’s total before the reading’s',
    promise: 'I3: a person’s edit is never overwritten',
    file: 'src/jobs/ocr/save.sql',
    find: "case when p.set_by ? 'total_amount' then r.total_amount else (p.new).total_amount end",
    replace: '(p.new).total_amount',
    tests: edits,
  },
  {
    guard: 'an edit says that a person made it',
    promise: 'I3: a person’s edit is never overwritten',
    file: 'src/jobs/ocr/decide-edit.ts',
    find: 'return { by, user, at: now.toISOString(), read };',
    replace: "return { by: 'assistant', user, at: now.toISOString(), read };",
    tests: edits,
  },
  {
    guard: 'reasons that an edit has settled are not raised by a later reading',
    promise: 'Q17: a person is not asked again about what they have set',
    file: 'src/jobs/ocr/reading.ts',
    find: 'unsettled(doubts.list(), stored)',
    replace: 'doubts.list()',
    tests: edits,
  },
  {
    guard: 'the images of receipts that were deleted by SQL are noted',
    promise: 'Q25: nothing personal is left',
    file: 'src/jobs/ocr/forgotten.sql',
    find: "where params ->> 'image_path' <> ''",
    replace: 'where false',
    tests: deletions,
  },
  {
    guard: 'what was sent under a key goes with its receipt',
    promise: 'Q25: nothing personal is left',
    file: 'src/jobs/ocr/forgotten.sql',
    find: "set fingerprint = ''",
    replace: 'set fingerprint = k.fingerprint',
    tests: deletions,
  },
  {
    guard: 'what a stuck step said goes with its receipt',
    promise: 'Q25: nothing personal is left',
    file: 'src/ledger/tombstones.ts',
    find: ' stuck_cause = null,',
    replace: '',
    tests: deletions,
  },
  {
    guard: 'the place of the history is taken by one at a time',
    promise: 'Q5: an event counts once, however many processes count',
    file: 'src/ledger/insight/queue-history.ts',
    find: 'select * from pantry_queue.history_place for update skip locked',
    replace: 'select * from pantry_queue.history_place',
    tests: history,
  },
  {
    guard: 'the history counts what is final',
    promise: 'Q5: a late commit counts',
    file: 'src/ledger/insight/queue-history.ts',
    find: 'pg_snapshot_xmin(pg_current_snapshot())) as before_xid',
    replace: 'pg_snapshot_xmax(pg_current_snapshot())) as before_xid',
    tests: history,
  },
  {
    guard: 'the whole queue is paused only by who runs it',
    promise: 'Q24: an owner pauses their own jobs and no more',
    file: 'src/queue/control-queue.ts',
    find: "if (userId !== undefined || principal.scopes.has('queue:admin')) return;",
    replace: 'if (principal) return;',
    tests: problems,
  },
  {
    guard: 'a transaction that stays open is written down',
    promise: 'I15: queue_info says what holds events back',
    file: 'src/ledger/held-back.ts',
    find: 'held_since = case when l.since <',
    replace: 'held_since = case when false and l.since <',
    tests: problems,
  },
  {
    guard: 'attempts leave the last lines of an explanation their room',
    promise: 'Q15: it says what comes next and who acts',
    file: 'src/words/explain-attempts.ts',
    find: 'Math.min(room, FIRST_SHOWN',
    replace: 'Math.min(9, FIRST_SHOWN',
    tests: ['test/queue/explain-job.test.ts'],
  },
  {
    guard: 'an explanation and queue_info name the same who acts',
    promise: 'Q15: an explanation says who must act',
    file: 'src/words/cap.ts',
    find: "reason === 'owner_paused' ? 'owner' : 'operator'",
    replace: "'operator'",
    tests: ['test/queue/explain-job.test.ts'],
  },
  {
    guard: 'the first of more generations is named by its number',
    promise: 'Q2: an id in an answer means the job that it tells of',
    file: 'src/contract/job.ts',
    find: 'key.superseded ? exactIdOf(key) : generationIdOf(key)',
    replace: 'generationIdOf(key)',
    tests: ['test/queue/explain-job.test.ts', 'test/queue/generations.test.ts'],
  },
];
