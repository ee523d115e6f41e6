import { partly, type Requirements } from './requirement.ts';

/** What becomes of a receipt after it was read. */
export const receiptRequirements: Requirements = {
  Q17: partly(
    'A doubtful reading marks its receipt; a person settles it, at any time, and no later reading overwrites that.',
    'the MCP tools and the dashboard do not answer reviews yet',
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
