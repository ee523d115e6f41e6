import { useQuery } from '@tanstack/react-query';
import { parseAsStringLiteral, useQueryState } from 'nuqs';
import { Link } from 'wouter';
import type { ReasonCode } from '../../../src/contract/review-reasons.ts';
import { moreOf, usePages } from '../../api/pages.ts';
import { answer } from '../../api/queries.ts';
import { addressOfPage } from '../../pages.ts';
import { Asked } from '../../shell/asked.tsx';
import { PageHeader } from '../../shell/page-header.tsx';
import { Button, buttonClass } from '../../ui/button.tsx';
import { Empty } from '../../ui/empty.tsx';
import { SelectField } from '../../ui/field.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Rows } from '../../ui/rows.tsx';
import { REASON_WORDS } from '../../words/review.ts';
import { plural } from '../../words/text.ts';
import { lengthOf } from '../../words/times.ts';
import styles from './review.module.css';
import { REVIEW_COLUMNS } from './review-columns.tsx';

const REASONS = Object.keys(REASON_WORDS) as ReasonCode[];
const ANY = 'any';

/** Receipts that wait for a person, the oldest first. */
export function Page() {
  const [reason, setReason] = useQueryState('reason', parseAsStringLiteral(REASONS).withOptions({ history: 'push' }));
  const query = usePages('listReviews', reason === null ? {} : { reason_code: reason });
  const info = useQuery(answer('queueInfo', {})).data?.reviews;
  const rows = query.data?.pages.flatMap(({ reviews }) => reviews) ?? [];
  const oldest = rows[0];
  return (
    <>
      <PageHeader
        title="Review"
        count={info?.open}
        note={info && info.open > 0 ? noteOf(info.open, info.oldest_s) : undefined}
        actions={
          oldest && (
            <Link href={addressOfPage('reviewOne', String(oldest.receipt_id))} className={buttonClass('primary')}>
              Review the oldest
            </Link>
          )
        }
      />
      <div className={styles.list}>
        <div className={styles.filter} data-filter>
          <SelectField
            label="Reason"
            name="reason"
            value={reason ?? ANY}
            options={[[ANY, 'Any'], ...REASONS.map((code) => [code, REASON_WORDS[code]] as const)]}
            onChange={(chosen) => void setReason(chosen === ANY ? null : chosen)}
          />
        </div>
        <Asked query={query}>
          {() => (
            <Panel isFlush>
              {rows.length > 0 ? (
                <Rows
                  label="Receipts to review"
                  columns={REVIEW_COLUMNS}
                  rows={rows}
                  keyOf={({ receipt_id }) => String(receipt_id)}
                  {...moreOf(query)}
                />
              ) : (
                <Nothing reason={reason} onDrop={() => void setReason(null)} />
              )}
            </Panel>
          )}
        </Asked>
      </div>
    </>
  );
}

function noteOf(open: number, oldestS: number | null): string {
  const waits = oldestS === null ? '' : `, the oldest for ${lengthOf(oldestS)}`;
  return `${plural(open, 'receipt')} ${open === 1 ? 'waits' : 'wait'} for a person${waits}.`;
}

function Nothing({ reason, onDrop }: { readonly reason: ReasonCode | null; readonly onDrop: () => void }) {
  if (reason !== null) {
    return (
      <Empty title={`No receipt waits with the reason “${REASON_WORDS[reason]}”`}>
        <Button onClick={onDrop}>Remove filter</Button>
      </Empty>
    );
  }
  return (
    <Empty title="No receipt is in doubt">
      <p>A receipt comes here when it was read with low confidence, its items do not add up, or a field is missing.</p>
    </Empty>
  );
}
