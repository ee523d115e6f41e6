import type { Db } from '../../../src/ledger/db.ts';

/** A tenth of the jobs as schedules, each tenth of them due; and an event of each. */
export async function addSchedules(db: Db, jobs: number): Promise<void> {
  await db.query(
    `with made as (
       insert into pantry_queue.schedules
         (tenant_id, name, user_id, kind, cron, time_zone, priority, overlap, created_by, next_at, wake_at)
       select 'default', 'schedule-' || n, 1 + n % 100, 'ocr', '0 2 * * *', 'UTC', 3, 'skip', 1, at, at
       from generate_series(1, $1 / 10) n
       cross join lateral (select now() + case when n % 10 = 0 then -1 else n end * interval '1 hour') t (at)
       returning name)
     insert into pantry_queue.events (user_id, kind, data) select 1, 'schedule_fired', jsonb_build_object('schedule', name) from made`,
    [jobs],
  );
}
