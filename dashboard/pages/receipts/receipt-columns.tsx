import { Link } from 'wouter';
import type { OutputOf } from '../../../src/contract/queue-api.ts';
import { addressOfPage } from '../../pages.ts';
import { AMOUNT_WIDTH } from '../../ui/amount-width.ts';
import { Badge } from '../../ui/badge.tsx';
import { rowWords } from '../../ui/row-link.ts';
import type { Column } from '../../ui/rows.tsx';
import { Day } from '../../ui/time.tsx';
import { Untrusted } from '../../ui/untrusted.tsx';
import { moneyOf } from '../../words/money.ts';
import { STATUS_WORDS, type StateWords } from '../../words/states.ts';

type FoundReceipt = OutputOf<'findReceipts'>['receipts'][number];

const MERCHANT_CHARS = 60;
const REASON_CHARS = 160;

/** The replaced system’s words for how far a reading is. */
const READ: Readonly<Record<string, StateWords>> = {
  pending: { ...STATUS_WORDS.queued, word: 'Not read yet' },
  processing: STATUS_WORDS.started,
  completed: { ...STATUS_WORDS.finished, word: 'Read' },
  failed: STATUS_WORDS.failed,
};
const REVIEW: StateWords = { word: 'Needs review', icon: 'eye', tone: 'review' };

export const receiptColumns: readonly Column<FoundReceipt>[] = [
  {
    name: 'Shop',
    cell: ({ receipt_id, merchant }) => (
      <Link href={addressOfPage('job', `ocr-${receipt_id}`)} className={rowWords}>
        {merchant === null ? `Receipt ${receipt_id}` : <Untrusted text={merchant} maxChars={MERCHANT_CHARS} />}
      </Link>
    ),
  },
  { name: 'Day', width: 'min(124px, 28vw)', cell: ({ purchase_date }) => <Day day={purchase_date} /> },
  {
    name: 'Total',
    width: AMOUNT_WIDTH,
    isEnd: true,
    cell: ({ total_amount, currency }) => moneyOf(total_amount, currency),
  },
  {
    name: 'State',
    width: '152px',
    isDeskOnly: true,
    cell: ({ ocr_status, needs_review }) => {
      const { word, icon, tone } = needs_review ? REVIEW : (READ[ocr_status] ?? STATUS_WORDS.queued);
      return (
        <Badge tone={tone} icon={icon}>
          {word}
        </Badge>
      );
    },
  },
  {
    name: 'Why',
    isQuiet: true,
    isDeskOnly: true,
    cell: ({ review_reasons, needs_review }) =>
      needs_review && review_reasons[0] ? <Untrusted text={review_reasons[0].message} maxChars={REASON_CHARS} /> : '',
  },
];
