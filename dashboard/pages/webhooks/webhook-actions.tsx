import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useLocation } from 'wouter';
import type { Delivery, Webhook } from '../../../src/contract/operations/webhooks.ts';
import { call } from '../../api/call.ts';
import { type CallProblem, problemFrom } from '../../api/problem.ts';
import { addressOfPage } from '../../pages.ts';
import { Button, Buttons } from '../../ui/button.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Menu } from '../../ui/menu.tsx';
import { tell } from '../../ui/tell.ts';
import { Trouble, troubleOf } from '../../ui/trouble.tsx';
import { DeliveryFacts } from './delivery-facts.tsx';
import { Secret } from './secret.tsx';

interface WebhookActionsProps {
  readonly webhook: Webhook;
  readonly because: string | undefined;
}

type Shown =
  | { readonly what: 'rotate' | 'delete' }
  | { readonly what: 'secret'; readonly secret: string }
  | { readonly what: 'sent'; readonly delivery: Delivery }
  | { readonly what: 'trouble'; readonly problem: CallProblem };

/** What can be done with a webhook. */
export function WebhookActions({ webhook: { webhook_id, status }, because }: WebhookActionsProps) {
  const queries = useQueryClient();
  const [, goTo] = useLocation();
  const [shown, setShown] = useState<Shown>();
  const [isBusy, setBusy] = useState(false);
  const close = () => setShown(undefined);
  const act = async (what: () => Promise<void>) => {
    setBusy(true);
    await what().catch((thrown) => setShown({ what: 'trouble', problem: problemFrom(thrown) }));
    setBusy(false);
    await queries.invalidateQueries();
  };
  const test = () => act(async () => setShown({ what: 'sent', delivery: await call('testWebhook', { webhook_id }) }));
  const setStatus = (to: 'active' | 'paused') =>
    act(async () => {
      await call('updateWebhook', { webhook_id, webhook_status: to });
      tell(to === 'active' ? 'The webhook is active again' : 'The webhook is paused: events are kept and sent later');
    });
  return (
    <>
      <Buttons>
        <Button
          disabledBecause={because}
          isBusy={isBusy}
          onClick={() => void setStatus(status === 'active' ? 'paused' : 'active')}
        >
          {status === 'active' ? 'Pause' : 'Resume'}
        </Button>
        <Button kind="primary" disabledBecause={because} isBusy={isBusy} onClick={() => void test()}>
          Send test
        </Button>
        <Menu
          label="More about this webhook"
          items={[
            { label: 'New secret…', disabledBecause: because, onSelect: () => setShown({ what: 'rotate' }) },
            {
              label: 'Delete…',
              isDanger: true,
              disabledBecause: because,
              onSelect: () => setShown({ what: 'delete' }),
            },
          ]}
        />
      </Buttons>
      <Confirm
        open={shown?.what === 'rotate'}
        onClose={() => setShown((now) => (now?.what === 'rotate' ? undefined : now))}
        title="Create a new secret?"
        action="Create secret"
        onConfirm={async () => {
          const { secret } = await call('rotateWebhookSecret', { webhook_id });
          await queries.invalidateQueries();
          setShown({ what: 'secret', secret });
        }}
      >
        <p>The old secret stays valid for a day, so that your receiver can switch.</p>
      </Confirm>
      <Confirm
        open={shown?.what === 'delete'}
        onClose={close}
        title="Delete this webhook?"
        action="Delete it"
        kind="danger"
        onConfirm={async () => {
          await call('deleteWebhook', { webhook_id });
          goTo(addressOfPage('webhooks'));
          await queries.invalidateQueries({ queryKey: ['listWebhooks'] });
        }}
      >
        <p>Deliveries that are still waiting are deleted with it.</p>
      </Confirm>
      <Dialog open={shown?.what === 'secret'} onClose={close} title="The new secret" holdsInput>
        {shown?.what === 'secret' && <Secret secret={shown.secret} />}
      </Dialog>
      <Dialog open={shown?.what === 'sent'} onClose={close} title="A test was sent" isWide>
        {shown?.what === 'sent' && <DeliveryFacts delivery={shown.delivery} />}
      </Dialog>
      <Dialog open={shown?.what === 'trouble'} onClose={close} title="That did not work">
        {shown?.what === 'trouble' && <Trouble trouble={troubleOf(shown.problem)} />}
      </Dialog>
    </>
  );
}
