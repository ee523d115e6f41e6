import { Link } from 'wouter';
import type { OpenReview } from '../../../src/contract/operations/reviews.ts';
import { addressOfPage } from '../../pages.ts';
import { AMOUNT_WIDTH } from '../../ui/amount-width.ts';
import { rowLink } from '../../ui/row-link.ts';
import type { Column } from '../../ui/rows.tsx';
import { Day } from '../../ui/time.tsx';
import { Untrusted } from '../../ui/untrusted.tsx';
import { moneyOf } from '../../words/money.ts';
import { REASON_WORDS } from '../../words/review.ts';
import { lineOf } from '../../words/text.ts';
import { lengthOf, utcOf } from '../../words/times.ts';

const MERCHANT_CHARS = 60;

export const REVIEW_COLUMNS: readonly Column<OpenReview>[] = [
  {
    name: 'Receipt',
    width: '84px',
    cell: ({ receipt_id }) => (
      <Link href={addressOfPage('reviewOne', String(receipt_id))} className={rowLink}>
        {receipt_id}
      </Link>
    ),
  },
  {
    name: 'Waits',
    width: '92px',
    cell: ({ age_s, since }) => (
      <time dateTime={since} title={utcOf(since)}>
        {lengthOf(age_s)}
      </time>
    ),
  },
  {
    name: 'Merchant',
    width: '24%',
    isDeskOnly: true,
    cell: ({ merchant_name }) => <Untrusted text={merchant_name} maxChars={MERCHANT_CHARS} />,
  },
  { name: 'Date', width: '120px', isDeskOnly: true, cell: ({ purchase_date }) => <Day day={purchase_date} /> },
  {
    name: 'Total',
    width: AMOUNT_WIDTH,
    isEnd: true,
    isDeskOnly: true,
    cell: ({ total_amount, currency }) => moneyOf(total_amount, currency),
  },
  {
    name: 'Why',
    isQuiet: true,
    cell: ({ reasons }) => (
      <span title={reasons.map(({ message }) => lineOf(message)).join('\n')}>
        {[...new Set(reasons.map(({ code }) => REASON_WORDS[code]))].join(' · ')}
      </span>
    ),
  },
];
