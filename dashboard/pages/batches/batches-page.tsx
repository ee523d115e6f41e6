import { useQuery } from '@tanstack/react-query';
import { parseAsString, useQueryState } from 'nuqs';
import { Suspense, useState } from 'react';
import { Link } from 'wouter';
import type { OutputOf } from '../../../src/contract/queue-api.ts';
import { moreOf, usePages } from '../../api/pages.ts';
import { answer } from '../../api/queries.ts';
import { useMay } from '../../api/session.ts';
import { addressOfPage } from '../../pages.ts';
import { Asked } from '../../shell/asked.tsx';
import { lazyPart } from '../../shell/lazy-part.ts';
import { PageHeader } from '../../shell/page-header.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Panel } from '../../ui/panel.tsx';
import { rowLink } from '../../ui/row-link.ts';
import { type Column, Rows } from '../../ui/rows.tsx';
import { Time } from '../../ui/time.tsx';
import { Untrusted } from '../../ui/untrusted.tsx';
import { countOf } from '../../words/money.ts';
import { outcomeOf } from './batch-words.ts';

const QueuePending = lazyPart(async () => (await import('./queue-pending.tsx')).QueuePending);

type Batch = OutputOf<'listBatches'>['batches'][number];

const ID_CHARS = 14;

const COLUMNS: readonly Column<Batch>[] = [
  {
    name: 'Batch',
    width: '148px',
    cell: ({ batch_id }) => (
      <Link href={addressOfPage('batch', batch_id)} className={rowLink} title={batch_id}>
        {shortId(batch_id)}
      </Link>
    ),
  },
  {
    name: 'State',
    width: '132px',
    cell: ({ ended_at }) =>
      ended_at === null ? (
        <Badge tone="started" icon="play">
          Under way
        </Badge>
      ) : (
        <Badge tone="finished" icon="check">
          Ended
        </Badge>
      ),
  },
  { name: 'Receipts', width: '88px', isEnd: true, cell: ({ total }) => countOf(total) },
  { name: 'Outcome', isQuiet: true, isDeskOnly: true, cell: ({ ended_as }) => outcomeOf(ended_as) },
  {
    name: 'Made by',
    width: '180px',
    isDeskOnly: true,
    cell: ({ schedule, user_id }) =>
      schedule === null ? `user ${user_id}` : <Untrusted text={`schedule ${schedule}`} maxChars={40} />,
  },
  { name: 'Made', width: '132px', isDeskOnly: true, cell: ({ created_at }) => <Time at={created_at} /> },
];

/** `batch-1f2e3d4c-…` → its first letters; the whole id stands on its page. */
function shortId(batchId: string): string {
  return batchId.length > ID_CHARS ? `${batchId.slice(0, ID_CHARS)}…` : batchId;
}

/** Jobs that were accepted together, the newest first. */
export function Page() {
  const [schedule, setSchedule] = useQueryState('schedule', parseAsString.withOptions({ history: 'push' }));
  const [isAsking, setAsking] = useState(false);
  const query = usePages('listBatches', schedule === null ? {} : { schedule });
  const pending = useQuery(answer('queueInfo', {})).data;
  const because = useMay('jobs:write') ? undefined : 'Your key lacks the scope jobs:write.';
  const rows = query.data?.pages.flatMap(({ batches }) => batches) ?? [];
  return (
    <>
      <PageHeader
        title="Batches"
        note={
          pending && schedule === null
            ? 'Receipts that were queued together, by a person, a program or a schedule.'
            : undefined
        }
        actions={
          <Button kind="primary" disabledBecause={because} onClick={() => setAsking(true)}>
            Queue pending…
          </Button>
        }
      />
      {schedule !== null && (
        <p>
          Only those of schedule <Untrusted text={schedule} />.{' '}
          <Button kind="quiet" onClick={() => void setSchedule(null)}>
            Remove filter
          </Button>
        </p>
      )}
      <Asked query={query}>
        {() => (
          <Panel isFlush>
            {rows.length > 0 ? (
              <Rows
                label="Batches"
                columns={COLUMNS}
                rows={rows}
                keyOf={({ batch_id }) => batch_id}
                {...moreOf(query)}
              />
            ) : (
              <Empty title="No batch yet">
                <p>
                  Queue all receipts that are still pending, here or with{' '}
                  <code>pantry-queue batch enqueue --pending</code>.
                </p>
              </Empty>
            )}
          </Panel>
        )}
      </Asked>
      {isAsking && (
        <Suspense fallback={null}>
          <QueuePending onClose={() => setAsking(false)} />
        </Suspense>
      )}
    </>
  );
}
