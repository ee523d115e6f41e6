import type { Sabotage } from './row.ts';

const facts = 'src/jobs/ocr/functions/facts.sql';
const found = ['test/queue/find-receipts.test.ts'];
const summed = ['test/queue/summarize-receipts.test.ts'];
const repeated = ['test/http/duplicates.test.ts'];
const suspected = ['test/queue/possible-duplicates.test.ts'];

/** Receipts are found and summed exactly, and nothing is added or paid twice unasked. */
export const MONEY_SABOTAGES: readonly Sabotage[] = [
  {
    guard: 'one key for every spelling of a shop',
    promise: 'M9: a shop is found however it is written',
    file: facts,
    find: `'([aou])e', '\\1', 'g'`,
    replace: `'([aou])x', '\\1', 'g'`,
    tests: found,
  },
  {
    guard: 'a name that only looks like a shop’s is not its name',
    promise: 'M9: sums are of the shop that was asked for',
    file: 'src/jobs/ocr/merchants.ts',
    find: 'merchants.filter((merchant) => isMeant(asked, merchant));',
    replace: 'merchants.filter((merchant) => isMeant(asked, merchant) || looksLike(asked, merchant));',
    tests: found,
  },
  {
    guard: 'a search of receipts that ends early says where to go on',
    promise: 'M9: a list passes over no receipt',
    file: 'src/jobs/ocr/find-receipts.ts',
    find: '? { rows } : { rows, searchedTo: placeOf(stop) };',
    replace: '? { rows } : { rows };',
    tests: found,
  },
  {
    guard: 'doubtful receipts are summed apart',
    promise: 'M9: a sum says what is certain',
    file: 'src/jobs/ocr/sum-receipts.ts',
    find: "`filter (where ${doubtful ? '' : 'not '}p.needs_review)`",
    replace: '`filter (where ${doubtful} or not p.needs_review)`',
    tests: summed,
  },
  {
    guard: 'currencies are not added to one another',
    promise: 'M9: sums are exact',
    file: 'src/jobs/ocr/sum-receipts.ts',
    find: "${listOf(`(${sumsOf('null::text', 'p.currency')}) totals`",
    replace: "${listOf(`(${sumsOf('null::text', 'p.currency, p.receipt_id')}) totals`",
    tests: summed,
  },
  {
    guard: 'a sum of too many receipts is refused',
    promise: 'M9: no sum is of a part',
    file: 'src/jobs/ocr/sum-receipts.ts',
    find: 'if (Math.max(summed.receipts, priced) <= MONEY.summed) return summed;',
    replace: 'if (priced >= 0) return summed;',
    tests: summed,
  },
  {
    guard: 'one first receipt of an image and its user',
    promise: 'O6: the same photograph is paid for once',
    file: 'src/ledger/schema/0001_ledger.sql',
    find: 'create unique index receipt_state_first',
    replace: 'create index receipt_state_first',
    tests: repeated,
  },
  {
    guard: 'a first receipt is still its user’s, with that image',
    promise: 'S1: nobody is answered with the receipt of another',
    file: 'src/jobs/ocr/new-receipt.ts',
    find: ' and r.user_id = s.first_for and r.image_path = $4`;',
    replace: '`;',
    tests: repeated,
  },
  {
    guard: 'two receipts that are saved at once wait for each other',
    promise: 'O6: the second of two is found',
    file: 'src/jobs/ocr/functions/duplicates.sql',
    find: 'perform pg_advisory_xact_lock(',
    replace: 'perform hashint8(',
    tests: suspected,
  },
  {
    guard: 'the first receipt is not in doubt for the second',
    promise: 'O6: the later one goes to review',
    file: 'src/jobs/ocr/functions/duplicates.sql',
    find: 'if own.result_generation is not null and not',
    replace: 'if false and not',
    tests: suspected,
  },
];
