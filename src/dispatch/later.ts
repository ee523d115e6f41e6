import { GATE, LATER } from '../contract/policies.ts';
import {
  type DependencyWalk,
  endWithParent,
  findUnmet,
  settleDependencies,
  walkDependencies,
} from '../ledger/enqueue/dependencies.ts';
import { nextScheduledMs, releaseScheduled } from '../ledger/enqueue/later.ts';
import type { DispatchDeps } from './deps.ts';
import { eachApart } from './each-apart.ts';
import type { Round } from './rounds.ts';
import { untilDue } from './until-due.ts';

/** Jobs that wait for a time, or for other jobs. Both go on while Temporal is away. */
export function laterRounds({ db, notifier }: DispatchDeps): Round[] {
  const changed = (subjects: readonly number[] = []) => notifier.changed(subjects, { gate: true });
  const walk: DependencyWalk = { jobNo: 0, parentNo: 0 };
  return [
    untilDue('scheduled', async () => {
      for (let slices = 0; slices < LATER.slices; slices++) {
        const released = await releaseScheduled(db);
        if (released > 0) changed();
        if (released < LATER.slice) break;
      }
      return nextScheduledMs(db);
    }),
    {
      name: 'dependencies',
      everyMs: GATE.tickMs,
      async run() {
        await walkDependencies(db, walk);
        for (let slices = 0; slices < LATER.slices; slices++) {
          const { settled, released } = await settleDependencies(db);
          if (released > 0) changed();
          if (settled < LATER.slice) break;
        }
        const unmet = await findUnmet(db);
        if (unmet.length === 0) return;
        await eachApart(1, unmet, (each) => endWithParent(db, each));
        changed(unmet.map(({ run }) => run.subject));
      },
    },
  ];
}
