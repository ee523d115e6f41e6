import { describe, expect, it } from 'vitest';
import { addReceipts } from '../../support/db.ts';
import { asOwner } from '../../support/owner.ts';
import { errorOf, type Subject } from './subject.ts';

/** When what is pending is queued by itself. */
export function scheduleSuite(subject: () => Subject): void {
  const queue = () => subject().queue;

  describe('schedules', () => {
    it('[Q12] are made, listed, changed, paused, resumed, run, made up for and deleted', async () => {
      const name = 'suite-nightly';
      await addReceipts(subject().db, 1, 811);
      const asked = { name, cron: '0 2 * * *', time_zone: 'Europe/Berlin', user_id: 811 };
      expect(await queue().createSchedule(asked, asOwner)).toMatchObject({ created: true, user_id: 811 });
      const { schedules } = await queue().listSchedules({ user_id: 811 }, asOwner);
      expect(schedules.map((each) => each.name)).toEqual([name]);
      expect((await queue().getSchedule({ name }, asOwner)).next[0]?.local).toMatch(/T02:00:00\+0[12]:00$/);
      expect(await queue().updateSchedule({ name, overlap: 'allow_all' }, asOwner)).toMatchObject({
        overlap: 'allow_all',
      });
      expect(await queue().pauseSchedule({ name, note: 'holiday' }, asOwner)).toMatchObject({
        changed: true,
        next_at: null,
      });
      expect(await queue().resumeSchedule({ name }, asOwner)).toMatchObject({ changed: true, paused: null });
      expect(await queue().runScheduleNow({ name }, asOwner)).toMatchObject({ outcome: 'fired', queued: 1 });
      expect(await queue().runScheduleNow({ name }, asOwner)).toMatchObject({ outcome: 'fired', deduplicated: 1 });
      await addReceipts(subject().db, 1, 811);
      const span = { from: '2026-10-24T00:00:00Z', to: '2026-10-25T00:00:00Z' };
      expect((await queue().backfillSchedule({ name, ...span }, asOwner)).runs).toHaveLength(2);
      expect((await queue().backfillSchedule({ name, ...span, preview: true }, asOwner)).times).toHaveLength(2);
      expect(await queue().deleteSchedule({ name }, asOwner)).toEqual({ name, deleted: true });
      expect(await errorOf(queue().getSchedule({ name }, asOwner))).toMatchObject({ code: 'schedule_not_found' });
    });
  });
}
