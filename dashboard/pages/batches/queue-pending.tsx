import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { call } from '../../api/call.ts';
import { problemFrom } from '../../api/problem.ts';
import { addressOfPage } from '../../pages.ts';
import { Waiting } from '../../shell/waiting.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { tell } from '../../ui/tell.ts';
import { Trouble, troubleOf } from '../../ui/trouble.tsx';
import { moneyOf } from '../../words/money.ts';
import { plural } from '../../words/text.ts';

/** Asks what queueing all pending receipts would make, and does it. */
export function QueuePending({ onClose }: { readonly onClose: () => void }) {
  const [, goTo] = useLocation();
  const queries = useQueryClient();
  // One key for this dialog: a press that is repeated makes no second batch.
  const [key] = useState(() => crypto.randomUUID());
  const { data, error } = useQuery({
    queryKey: ['estimateBatchOcr', key],
    queryFn: ({ signal }) => call('estimateBatchOcr', { pending: true }, { signal }),
    retry: false,
  });
  const isEmpty = error !== null && problemFrom(error).code === 'batch_empty';
  const queued = data?.queued ?? 0;
  const queue = async () => {
    const { batch_id, queued: made } = await call('enqueueBatchOcr', { pending: true }, { idempotencyKey: key });
    await queries.invalidateQueries();
    tell(`${plural(made, 'job')} queued`);
    if (batch_id !== null) goTo(addressOfPage('batch', batch_id));
  };
  return (
    <Confirm
      open
      onClose={onClose}
      title="Queue all pending receipts?"
      action={queued > 0 ? `Queue ${plural(queued, 'receipt')}` : 'Queue receipts'}
      onConfirm={queue}
      disabledBecause={queued > 0 ? undefined : 'Nothing is pending'}
    >
      {data === undefined && error === null && <Waiting />}
      {error !== null && !isEmpty && <Trouble trouble={troubleOf(problemFrom(error))} />}
      {(isEmpty || (data && queued === 0)) && <p>No receipt is pending: each of them has a job or has been read.</p>}
      {data && queued > 0 && (
        <>
          <p>
            {plural(data.agent_calls, 'agent call')}
            {data.stored_replies > 0
              ? `, and ${plural(data.stored_replies, 'reply', 'replies')}, already paid for`
              : ''}
            .{' '}
            {data.cost
              ? `They should cost ${moneyOf(data.cost.amount, data.cost.currency)}.`
              : 'Their cost is not known.'}
          </p>
          {data.skipped.length > 0 && (
            <p>{plural(data.skipped.length, 'receipt')} cannot be queued and will be left out.</p>
          )}
        </>
      )}
    </Confirm>
  );
}
