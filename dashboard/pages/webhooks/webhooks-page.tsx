import { Suspense, useState } from 'react';
import { Link } from 'wouter';
import type { Webhook } from '../../../src/contract/operations/webhooks.ts';
import { moreOf, usePages } from '../../api/pages.ts';
import { useMay } from '../../api/session.ts';
import { addressOfPage } from '../../pages.ts';
import { Asked } from '../../shell/asked.tsx';
import { lazyPart } from '../../shell/lazy-part.ts';
import { PageHeader } from '../../shell/page-header.tsx';
import { Button } from '../../ui/button.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Panel } from '../../ui/panel.tsx';
import { rowWords } from '../../ui/row-link.ts';
import { type Column, Rows } from '../../ui/rows.tsx';
import { Time } from '../../ui/time.tsx';
import { Untrusted } from '../../ui/untrusted.tsx';
import { WebhookState } from './webhook-state.tsx';

const WebhookForm = lazyPart(async () => (await import('./webhook-form.tsx')).WebhookForm);

const COLUMNS: readonly Column<Webhook>[] = [
  {
    name: 'Endpoint',
    cell: ({ webhook_id, url }) => (
      <Link href={addressOfPage('webhook', webhook_id)} className={rowWords}>
        <Untrusted text={url} />
      </Link>
    ),
  },
  { name: 'State', width: '116px', cell: (webhook) => <WebhookState webhook={webhook} /> },
  {
    name: 'Events',
    width: '24%',
    isQuiet: true,
    isDeskOnly: true,
    cell: ({ events }) => <span title={events.join('\n')}>{events.join(', ')}</span>,
  },
  {
    name: 'Last success',
    width: '132px',
    isDeskOnly: true,
    cell: ({ last_success_at }) => (last_success_at === null ? '–' : <Time at={last_success_at} />),
  },
  {
    name: 'Failing since',
    width: '132px',
    isDeskOnly: true,
    cell: ({ failing }) => (failing ? <Time at={failing.since} /> : '–'),
  },
];

/** Where events are sent. */
export function Page() {
  const [isMaking, setMaking] = useState(false);
  const query = usePages('listWebhooks', {}, 10_000);
  const because = useMay('jobs:write') ? undefined : 'Your key lacks the scope jobs:write.';
  const rows = query.data?.pages.flatMap(({ webhooks }) => webhooks) ?? [];
  return (
    <>
      <PageHeader
        title="Webhooks"
        actions={
          <Button kind="primary" disabledBecause={because} onClick={() => setMaking(true)}>
            New webhook
          </Button>
        }
      />
      <Asked query={query}>
        {() => (
          <Panel isFlush>
            {rows.length > 0 ? (
              <Rows
                label="Webhooks"
                columns={COLUMNS}
                rows={rows}
                keyOf={({ webhook_id }) => webhook_id}
                {...moreOf(query)}
              />
            ) : (
              <Empty title="No webhook yet">
                <p>
                  A webhook sends what happens to an address of yours, signed as Standard Webhooks says: make one here,
                  or with <code>pantry-queue webhook create URL --events job.finished</code>.
                </p>
              </Empty>
            )}
          </Panel>
        )}
      </Asked>
      {isMaking && (
        <Suspense fallback={null}>
          <WebhookForm onClose={() => setMaking(false)} />
        </Suspense>
      )}
    </>
  );
}
