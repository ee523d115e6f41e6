import { partly, type Requirements } from './requirement.ts';

/** What becomes of a receipt after it was read. */
export const receiptRequirements: Requirements = {
  Q17: partly(
    'A doubtful reading marks its receipt; a person settles it, at any time, and no later reading overwrites that.',
    'the dashboard does not answer reviews yet',
    ['mcp/one-receipt.test.ts', 'corrects in the name of an assistant, whose word ends no doubt'],
    ['mcp/person.test.ts', 'ends a review by what they agree to'],
    ['mcp/person.test.ts', 'is not taken at their word where the receipt has changed'],
    ['queue/reviews.test.ts', 'marks its receipt in the commit that saves it'],
    ['queue/reviews.test.ts', 'is listed oldest first, page by page, by reason and by user'],
    ['queue/reviews.test.ts', 'leaves every field that a person has confirmed'],
    ['queue/reviews.test.ts', 'expires after its time'],
    ['queue/submit-review.test.ts', 'ends the review when it confirms'],
    ['queue/submit-review.test.ts', 'adds, changes and removes items'],
    ['queue/submit-review.test.ts', 'is stored and marked as the assistant’s, and ends no doubt'],
    ['queue/submit-review.test.ts', 'never overwrites a person'],
    ['queue/review-races.test.ts', 'the second is told what was changed'],
    ['queue/review-races.test.ts', 'only one of fifty who confirm the same version is heard'],
  ),
};
