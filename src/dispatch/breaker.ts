import { BREAKER } from '../contract/breaker-policy.ts';
import { GATE } from '../contract/policies.ts';
import { readCap, stepBreaker } from '../ledger/breaker/breaker-steps.ts';
import { parkIdle, unpark } from '../ledger/parking.ts';
import type { DispatchDeps } from './deps.ts';
import type { Round } from './rounds.ts';

/**
 * The breaker of the agent: while it is open nothing that could call the agent stays in the engine; once a probe has come
 * through, what was parked waits for its turn again. Works while the engine is away.
 */
export function breakerRound({ db, notifier }: Pick<DispatchDeps, 'db' | 'notifier'>): Round {
  return {
    name: 'breaker',
    everyMs: GATE.tickMs,
    async run() {
      const before = await readCap(db);
      if (before.in_flight === null && !before.parked) return;
      if (before.in_flight === 0) await parkIdle(db);
      const stepped = before.in_flight !== null && (await stepBreaker(db));
      const now = stepped ? await readCap(db) : before;
      const isThrough = now.in_flight === null || now.in_flight > 1;
      const released = isThrough && now.parked ? await unpark(db, BREAKER.unparkedAtOnce) : 0;
      if (stepped || released > 0) notifier.changed([], { gate: true });
    },
  };
}
