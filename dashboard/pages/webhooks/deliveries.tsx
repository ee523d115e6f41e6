import { useQueryClient } from '@tanstack/react-query';
import { parseAsStringLiteral, useQueryState } from 'nuqs';
import { useState } from 'react';
import type { Delivery } from '../../../src/contract/operations/webhooks.ts';
import type { DeliveryOutcome } from '../../../src/contract/webhook-policies.ts';
import { call } from '../../api/call.ts';
import { moreOf, usePages } from '../../api/pages.ts';
import { type CallProblem, problemFrom } from '../../api/problem.ts';
import { Asked } from '../../shell/asked.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Dialog, DialogActions } from '../../ui/dialog.tsx';
import { Empty } from '../../ui/empty.tsx';
import { SelectField } from '../../ui/field.tsx';
import { Panel } from '../../ui/panel.tsx';
import { type Column, Rows } from '../../ui/rows.tsx';
import { tell } from '../../ui/tell.ts';
import { Time } from '../../ui/time.tsx';
import { Trouble, troubleOf } from '../../ui/trouble.tsx';
import { DELIVERY_WORDS, OUTCOME_FILTER_WORDS } from '../../words/webhooks.ts';
import { DeliveryFacts } from './delivery-facts.tsx';
import styles from './webhooks.module.css';

const OUTCOMES = Object.keys(OUTCOME_FILTER_WORDS) as DeliveryOutcome[];
const EVERY_MS = 5_000;

interface DeliveriesProps {
  readonly webhookId: string;
  readonly because: string | undefined;
}

/** What was sent to a webhook and what still waits, the newest first. */
export function Deliveries({ webhookId, because }: DeliveriesProps) {
  const [outcome, setOutcome] = useQueryState(
    'outcome',
    parseAsStringLiteral(OUTCOMES).withOptions({ history: 'push' }),
  );
  const [openId, setOpenId] = useState<string>();
  const query = usePages(
    'listDeliveries',
    { webhook_id: webhookId, ...(outcome === null ? {} : { outcome }) },
    EVERY_MS,
  );
  const rows = query.data?.pages.flatMap(({ deliveries }) => deliveries) ?? [];
  const open = rows.find(({ message_id }) => message_id === openId);
  return (
    <Panel
      title="Deliveries"
      isFlush
      actions={
        <div className={styles.outcome} data-filter>
          <SelectField
            label="State"
            name="outcome"
            value={outcome ?? 'all'}
            options={[['all', 'All'], ...OUTCOMES.map((each) => [each, OUTCOME_FILTER_WORDS[each]] as const)]}
            onChange={(chosen) => void setOutcome(chosen === 'all' ? null : chosen)}
          />
        </div>
      }
    >
      <Asked query={query}>
        {() =>
          rows.length === 0 ? (
            <Empty title={outcome === null ? 'Nothing was sent yet' : 'No delivery is in this state'}>
              <p>Send a test, or wait for the next event it is subscribed to.</p>
            </Empty>
          ) : (
            <Rows
              label="Deliveries"
              columns={columnsOf(setOpenId)}
              rows={rows}
              keyOf={({ message_id }) => message_id}
              {...moreOf(query)}
            />
          )
        }
      </Asked>
      <Dialog open={open !== undefined} onClose={() => setOpenId(undefined)} title="Delivery" isWide>
        {open && <OpenDelivery webhookId={webhookId} delivery={open} because={because} />}
      </Dialog>
    </Panel>
  );
}

function columnsOf(open: (messageId: string) => void): readonly Column<Delivery>[] {
  return [
    {
      name: 'Event',
      cell: ({ type, message_id }) => (
        <button type="button" className={styles.open} onClick={() => open(message_id)}>
          {type}
        </button>
      ),
    },
    {
      name: 'State',
      width: '124px',
      cell: ({ status }) => (
        <Badge tone={DELIVERY_WORDS[status].tone} icon={DELIVERY_WORDS[status].icon}>
          {DELIVERY_WORDS[status].word}
        </Badge>
      ),
    },
    { name: 'Tries', width: '64px', isEnd: true, isDeskOnly: true, cell: ({ tries }) => tries },
    { name: 'Answer', width: '160px', isQuiet: true, isDeskOnly: true, cell: answerOf },
    { name: 'Made', width: '124px', isDeskOnly: true, cell: ({ created_at }) => <Time at={created_at} /> },
    {
      name: 'Next try',
      width: '108px',
      cell: ({ next_try_at }) => (next_try_at === null ? '–' : <Time at={next_try_at} />),
    },
  ];
}

function answerOf({ http_status, error }: Delivery): string {
  if (http_status !== null) return `HTTP ${http_status}`;
  return error ?? '–';
}

function OpenDelivery({ webhookId, delivery, because }: DeliveriesProps & { readonly delivery: Delivery }) {
  const queries = useQueryClient();
  const [problem, setProblem] = useState<CallProblem>();
  const [isBusy, setBusy] = useState(false);
  const redeliver = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      await call('redeliverWebhook', { webhook_id: webhookId, message_id: delivery.message_id });
      tell('The delivery is due again');
      await queries.invalidateQueries({ queryKey: ['listDeliveries'] });
    } catch (thrown) {
      setProblem(problemFrom(thrown));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <DeliveryFacts delivery={delivery} />
      {problem && <Trouble trouble={troubleOf(problem)} />}
      <DialogActions>
        <Button isBusy={isBusy} disabledBecause={because} onClick={() => void redeliver()}>
          Send it again
        </Button>
      </DialogActions>
    </>
  );
}
