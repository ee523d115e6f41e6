import { useQuery } from '@tanstack/react-query';
import type { Webhook } from '../../../src/contract/operations/webhooks.ts';
import { answer } from '../../api/queries.ts';
import { useMay } from '../../api/session.ts';
import { Asked } from '../../shell/asked.tsx';
import { useNowMs } from '../../shell/now.ts';
import { PageHeader } from '../../shell/page-header.tsx';
import type { PageProps } from '../../shell/page-props.ts';
import { Facts } from '../../ui/facts.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Time } from '../../ui/time.tsx';
import { Untrusted } from '../../ui/untrusted.tsx';
import { plural } from '../../words/text.ts';
import { dueOf } from '../../words/times.ts';
import { Deliveries } from './deliveries.tsx';
import { WebhookActions } from './webhook-actions.tsx';
import { WebhookState } from './webhook-state.tsx';
import styles from './webhooks.module.css';

/** One webhook: whether its endpoint takes what is sent, and everything that was sent to it. */
export function Page({ id }: PageProps) {
  const query = useQuery(answer('getWebhook', { webhook_id: id }));
  const because = useMay('jobs:write') ? undefined : 'Your key lacks the scope jobs:write.';
  return (
    <Asked query={query}>
      {(webhook) => (
        <>
          <PageHeader
            title="Webhook"
            note={<Untrusted text={webhook.url} maxChars={300} />}
            actions={<WebhookActions webhook={webhook} because={because} />}
          />
          <div className={styles.page}>
            {webhook.failing && <Failing failing={webhook.failing} />}
            <Panel>
              <Facts rows={factsOf(webhook)} />
            </Panel>
            <Deliveries webhookId={webhook.webhook_id} because={because} />
          </div>
        </>
      )}
    </Asked>
  );
}

function Failing({ failing }: { readonly failing: NonNullable<Webhook['failing']> }) {
  const nowMs = useNowMs(1_000);
  const { since, failures, error, next_try_at } = failing;
  return (
    <Panel mark="alarm">
      <p>
        <strong>Its endpoint accepts nothing</strong> since <Time at={since} />: {plural(failures, 'try', 'tries')}{' '}
        failed, the latest with <code>{error}</code>.{next_try_at !== null && ` Next try ${dueOf(next_try_at, nowMs)}.`}{' '}
        Events are kept meanwhile and sent later.
      </p>
    </Panel>
  );
}

function factsOf(webhook: Webhook) {
  const { description, events, last_success_at, old_secret_until, user_id, created_at, status_since, status_by } =
    webhook;
  return [
    ['State', <WebhookState key="state" webhook={webhook} />],
    [
      webhook.status === 'active' ? 'Active since' : 'Since',
      <span key="since">
        <Time at={status_since} />
        {status_by === null ? '' : ` by ${status_by}`}
      </span>,
    ],
    ['Purpose', description === null ? undefined : <Untrusted key="for" text={description} />],
    ['Events', events.join(', ')],
    ['For', user_id === null ? 'everybody in the tenant' : `user ${user_id}`],
    ['Last success', last_success_at === null ? 'none yet' : <Time key="last" at={last_success_at} />],
    ['Old secret', old_secret_until === null ? undefined : <OldSecret key="old" until={old_secret_until} />],
    ['Made', <Time key="made" at={created_at} />],
  ] as const;
}

function OldSecret({ until }: { readonly until: string }) {
  return (
    <>
      also signs, until <Time at={until} />
    </>
  );
}
