import { GATE } from '../contract/policies.ts';
import { WEBHOOKS } from '../contract/webhook-policies.ts';
import { forgetDeliveries, giveUpDeliveries } from '../ledger/webhooks/deliveries.ts';
import type { DispatchDeps } from './deps.ts';
import type { Round } from './rounds.ts';

const FORGET_MS = 60_000;
const FORGOTTEN = 500;

/** Events to webhooks. Works while the engine is away. */
export function webhookRounds({ db, webhooks }: Pick<DispatchDeps, 'db' | 'webhooks'>) {
  let looked = false;
  let unsettled = false;
  const rounds: Round[] = [
    {
      name: 'webhooks',
      // A transaction under way may hold an event back for a moment.
      everyMs: () => (unsettled ? WEBHOOKS.unsettledMs : GATE.tickMs),
      async run() {
        ({ looked, unsettled } = await webhooks.tell());
        await webhooks.begin();
      },
    },
    {
      name: 'forget_deliveries',
      everyMs: FORGET_MS,
      async run() {
        await giveUpDeliveries(db, FORGOTTEN);
        await forgetDeliveries(db, FORGOTTEN);
      },
    },
  ];
  return {
    rounds,
    /** Is there anybody to tell? Without, the timer's look is enough. */
    watched: () => looked,
  };
}
