import { useQuery } from '@tanstack/react-query';
import type { Receipt } from '../../../src/contract/operations/receipts.ts';
import { answer } from '../../api/queries.ts';
import { useWhoami } from '../../api/session.ts';
import { addressOfPage } from '../../pages.ts';
import { Asked } from '../../shell/asked.tsx';
import { NotFound } from '../../shell/not-found.tsx';
import { PageHeader } from '../../shell/page-header.tsx';
import type { PageProps } from '../../shell/page-props.ts';
import { Badge } from '../../ui/badge.tsx';
import { Time } from '../../ui/time.tsx';
import { Untrusted } from '../../ui/untrusted.tsx';
import { REJECTION_WORDS, REVIEW_STATE_WORDS } from '../../words/review.ts';
import { ReviewForm } from './review-form.tsx';

const ID = /^[1-9]\d{0,15}$/;

/** One receipt: its image beside what was read, until a person has settled it. */
export function Page({ id }: PageProps) {
  return ID.test(id) ? <ReviewOf key={id} receiptId={Number(id)} /> : <NotFound />;
}

function ReviewOf({ receiptId }: { readonly receiptId: number }) {
  const receipt = useQuery(answer('getReceipt', { receipt_id: receiptId }));
  const me = useWhoami()?.user_id;
  return (
    <Asked query={receipt}>
      {(data) => (
        <>
          <PageHeader
            title={`Receipt ${receiptId}`}
            note={<Standing receipt={data} />}
            actions={<a href={addressOfPage('job', `ocr-${receiptId}`)}>Its job</a>}
          />
          <ReviewForm receipt={data} me={me} />
        </>
      )}
    </Asked>
  );
}

/** Whether it is still open, and who settled it. */
function Standing({ receipt: { review, merchant_name } }: { readonly receipt: Receipt }) {
  if (review === null) {
    return (
      <>
        <Untrusted text={merchant_name} /> · nothing is in doubt
      </>
    );
  }
  if (review.state === 'open') {
    return (
      <>
        <Badge tone="review" icon="eye">
          Needs review
        </Badge>{' '}
        since <Time at={review.since} />
      </>
    );
  }
  const by = review.ended_by === 'person' ? `by user ${review.user_id ?? 'unknown'}` : endedBy(review.ended_by);
  return (
    <>
      <Badge
        tone={review.state === 'rejected' ? 'failed' : 'finished'}
        icon={review.state === 'rejected' ? 'cross' : 'check'}
      >
        Settled
      </Badge>{' '}
      {REVIEW_STATE_WORDS[review.state]} {by}
      {review.because === null ? '' : `: ${REJECTION_WORDS[review.because]}`}
      {review.ended_at !== null && (
        <>
          , <Time at={review.ended_at} />
        </>
      )}
    </>
  );
}

function endedBy(by: 'reading' | 'policy' | null): string {
  if (by === 'reading') return 'by a later reading';
  return by === 'policy' ? 'because nobody reviewed it in time' : '';
}
