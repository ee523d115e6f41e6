import { SCHEDULES } from '../contract/schedule-policies.ts';
import { causeFields } from '../ledger/connection/refusal.ts';
import { dueSchedules, nextScheduleMs } from '../ledger/schedules/schedule-runs.ts';
import { fireSchedule } from '../schedules/fire.ts';
import type { DispatchDeps } from './deps.ts';
import { eachApart } from './each-apart.ts';
import type { Round } from './rounds.ts';
import { untilDue } from './until-due.ts';

/** Transactions at once. */
const LANES = 4;

/** Fires the schedules whose time has come, those that have waited longest first. */
export function scheduleRounds({ db, notifier, log }: Pick<DispatchDeps, 'db' | 'notifier' | 'log'>): Round[] {
  const fire = async (scheduleNo: number) => {
    const fired = await fireSchedule(db, scheduleNo);
    if (!fired) return;
    const { name, run, subjects, error } = fired;
    if (run.outcome === 'refused') {
      log.warn(
        { schedule: name, code: run.code, ...(error === undefined ? {} : causeFields(error)) },
        'schedule.refused',
      );
    }
    notifier.changed(subjects, { gate: true });
  };
  return [
    untilDue('schedules', async () => {
      // What somebody holds, or what cannot be fired now, keeps none behind it from its turn.
      const seen: number[] = [];
      for (let slices = 0; slices < SCHEDULES.slicesARound; slices++) {
        const due = await dueSchedules(db, { limit: SCHEDULES.slice, seen });
        await eachApart(LANES, due, fire);
        seen.push(...due);
        if (due.length < SCHEDULES.slice) break;
      }
      return nextScheduleMs(db);
    }),
  ];
}
