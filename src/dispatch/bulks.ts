import { BULK_OPERATIONS } from '../contract/bulk.ts';
import { BULK, GATE } from '../contract/policies.ts';
import { doSlice } from '../ledger/bulks/bulk-slice.ts';
import { forgetBulks } from '../ledger/bulks/bulks.ts';
import type { DispatchDeps } from './deps.ts';
import type { Round } from './rounds.ts';

const FORGOTTEN = 20;

/** Actions over many jobs, slice by slice, those that have waited longest first. */
export function bulkRounds({ db, notifier }: DispatchDeps): Round[] {
  return [
    {
      name: 'bulks',
      everyMs: GATE.tickMs,
      async run() {
        for (let slices = 0; slices < BULK.slicesARound; slices++) {
          const slice = await doSlice(db, { operations: BULK_OPERATIONS });
          if (slice && slice.subjects.length > 0) notifier.changed(slice.subjects, { gate: true });
          // Nothing open, or the jobs that are left are held by others just now.
          if (!slice || slice.jobs === 0) return;
        }
      },
    },
    { name: 'forget_bulks', everyMs: GATE.sweepEveryMs, run: () => forgetBulks(db, FORGOTTEN) },
  ];
}
