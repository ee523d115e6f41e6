import type { Sabotage } from './row.ts';

const reviews = ['test/queue/reviews.test.ts'];
const submits = ['test/queue/submit-review.test.ts'];
const races = ['test/queue/review-races.test.ts'];
const decide = 'src/jobs/ocr/decide-edit.ts';

/** People settle what is in doubt; nobody's word is lost or passes for another's. */
export const REVIEW_SABOTAGES: readonly Sabotage[] = [
  {
    guard: 'a save begins anew where the receipt was changed since it was looked at',
    promise: 'I3: a reading is judged by what a person has said meanwhile',
    file: 'src/jobs/ocr/functions/reviews.sql',
    find: 'if stands <> seen then',
    replace: 'if false then',
    tests: races,
  },
  {
    guard: 'the version that a person has seen is the one that stands',
    promise: 'Q17: of two at once the second is told',
    file: decide,
    find: 'word.seen !== undefined && word.seen !== stands.version',
    replace: 'word.seen !== undefined && word.seen > stands.version',
    tests: races,
  },
  {
    guard: 'the row of a receipt is locked while a word is decided',
    promise: 'Q17: of fifty at once one is heard',
    file: 'src/jobs/ocr/edit-receipt.ts',
    find: '\nfor update of s`',
    replace: '`',
    tests: races,
  },
  {
    guard: 'a deletion takes the rows of a receipt in the order in which words take them',
    promise: 'P9: two who meet wait for each other, and neither is refused',
    file: 'src/jobs/ocr/delete-receipt.ts',
    find: '  for update of s\n),',
    replace: '),',
    tests: races,
  },
  {
    guard: 'only a person’s word ends a review',
    promise: 'Q17: an assistant ends no doubt',
    file: decide,
    find: 'const review = isPerson ? reviewAfter(stands, reasons, ends) : stands.review;',
    replace: 'const review = reviewAfter(stands, reasons, ends);',
    tests: submits,
  },
  {
    guard: 'an assistant does not overwrite a person',
    promise: 'Q17: a person’s field is the person’s',
    file: decide,
    find: "if (word.by === 'assistant') refuseOverPerson(receiptId, stands, changed);",
    replace: '',
    tests: submits,
  },
  {
    guard: 'a reading that differs from a person’s word is a reason',
    promise: 'Q17: a review opens again when a reading differs',
    file: 'src/jobs/ocr/judge-reading.ts',
    find: "if (code === 'conflicting_value') return true;",
    replace: "if (code === 'conflicting_value') return false;",
    tests: reviews,
  },
  {
    guard: 'a review that expires leaves the doubt',
    promise: 'I17: what nobody has looked at is marked still',
    file: 'src/ledger/schema/0001_ledger.sql',
    find: "(coalesce(review in ('open', 'expired'), false))",
    replace: "(coalesce(review in ('open'), false))",
    tests: reviews,
  },
  {
    guard: 'a review that ends is taken off the count',
    promise: 'Q17: queue_info counts what waits for a person',
    file: 'src/jobs/ocr/functions/reviews.sql',
    find: "if tg_op <> 'INSERT' and old.review = 'open' then",
    replace: 'if false then',
    tests: reviews,
  },
];
