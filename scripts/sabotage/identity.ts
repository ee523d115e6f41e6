import type { Sabotage } from './row.ts';

const identity = ['test/ledger/receipt-identity.test.ts'];

/** Which receipt a job, a key or a reply belongs to. */
export const IDENTITY_SABOTAGES: readonly Sabotage[] = [
  {
    guard: 'the moment at which the row of a receipt was made',
    promise: 'Q25: an id that is used again never shows old data',
    file: 'src/ledger/functions/same-subject.sql',
    find: "coalesce((params ->> 'made')::numeric = made, true)",
    replace: 'true',
    everywhere: true,
    tests: identity,
  },
  {
    guard: 'the look at the subject when an attempt begins',
    promise: 'Q25: nothing is paid for a receipt that was deleted or changed',
    file: 'src/ledger/attempts.ts',
    find: "    and ${subjectStands(type, 'j')}\n",
    replace: '',
    tests: identity,
  },
  {
    guard: 'replies of deleted receipts',
    promise: 'Q25: nothing that was read is left of a deleted receipt',
    file: 'src/ledger/tombstones.ts',
    find: '), no_replies as (\n  delete from pantry_queue.replies p using forgotten f where p.job_no = f.job_no\n',
    replace: '',
    tests: identity,
  },
  {
    guard: 'the owner of the receipt that an upload’s key stands for',
    promise: 'H1: a repeated upload never shows another user’s receipt',
    file: 'src/jobs/ocr/idempotency-keys.ts',
    find: 'r.user_id <> k.user_id\n         or ',
    replace: '',
    tests: ['test/http/idempotency-key.test.ts'],
  },
  {
    guard: 'no advice to retry what a later generation replaced',
    promise: 'M6: the next step that an answer names can be taken',
    file: 'src/queue/job-view.ts',
    find: "isOver(row) && !known.endsWith('_deleted') ? NOT_RUN_AGAIN : ",
    replace: '',
    tests: ['test/queue/generations.test.ts'],
    only: 'is not retryable',
  },
  {
    guard: 'pending receipts without an image are counted apart',
    promise: 'one bad row holds up no other',
    file: 'src/jobs/ocr/pending.ts',
    find: " and r.image_path <> '' order by",
    replace: ' order by',
    tests: ['test/queue/pending.test.ts'],
  },
  {
    guard: 'the bytes of a stored reply',
    promise: 'Q23: a reply is kept as it came',
    file: 'src/verify/reply-checks.ts',
    find: "encode(sha256(p.raw), 'hex') <> p.sha256",
    replace: 'false',
    tests: ['test/verify/verify.test.ts'],
    only: 'reply_hash',
  },
  {
    guard: 'the ledger in the key of a call',
    promise: 'an agent that serves two ledgers never takes one receipt for the other',
    file: 'src/contract/job.ts',
    find: 'return `${jobIdOf(key)}:${key.generation}:${ledgerId}`;',
    replace: 'return `${jobIdOf(key)}:${key.generation}`;',
    tests: ['test/workflows/healthy.test.ts'],
  },
];
