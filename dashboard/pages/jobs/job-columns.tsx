import { Link } from 'wouter';
import { addressOfPage } from '../../pages.ts';
import { AMOUNT_WIDTH } from '../../ui/amount-width.ts';
import { StateBadge } from '../../ui/badge.tsx';
import { rowLink } from '../../ui/row-link.ts';
import type { Column } from '../../ui/rows.tsx';
import { Untrusted } from '../../ui/untrusted.tsx';
import { moneyOf } from '../../words/money.ts';
import { lengthOf, utcOf } from '../../words/times.ts';
import { type FoundJob, whyOf } from './why.ts';

const MERCHANT_CHARS = 60;

/** The columns of every list of jobs. */
export function jobColumns(nowMs: number): readonly Column<FoundJob>[] {
  return [
    {
      name: 'Job',
      width: 'min(116px, 30vw)',
      cell: ({ job_id }) => (
        <Link href={addressOfPage('job', job_id)} className={rowLink}>
          {job_id}
        </Link>
      ),
    },
    {
      name: 'State',
      width: 'min(200px, 44vw)',
      cell: ({ status, phase, needs_review }) => (
        <StateBadge status={status} phase={phase} needsReview={needs_review} />
      ),
    },
    {
      name: 'Merchant',
      isDeskOnly: true,
      cell: ({ merchant }) => <Untrusted text={merchant} maxChars={MERCHANT_CHARS} />,
    },
    {
      name: 'Total',
      width: AMOUNT_WIDTH,
      isEnd: true,
      cell: ({ total_amount, currency }) => moneyOf(total_amount, currency),
      isDeskOnly: true,
    },
    {
      name: 'Age',
      width: 'min(92px, 20vw)',
      cell: ({ created_at }) => (
        <time dateTime={created_at} title={utcOf(created_at)}>
          {lengthOf((nowMs - Date.parse(created_at)) / 1_000)}
        </time>
      ),
    },
    { name: 'Why', isQuiet: true, isDeskOnly: true, cell: (job) => whyOf(job, nowMs) },
  ];
}
