import { type JobKey, PRIORITY_KEYS, type Priority } from '../contract/job.ts';
import type { Db } from './db.ts';
import { recordEvent } from './event.ts';
import { keyValues, OF_GENERATION } from './job-key.ts';

const SET = `
with moved as (
  update pantry_queue.jobs j set priority = $5
  where ${OF_GENERATION} and j.tenant_id = $4 and j.live and not j.in_engine and j.priority <> $5
  returning j.*
), recorded as (
  ${recordEvent('moved', 'priority_set', { data: "jsonb_build_object('priority', priority)" })}
)
select priority from moved`;

/** @returns whether this call changed it; false: the job has this priority, or does not wait for its turn any more */
export async function setPriority(db: Db, tenant: string, key: JobKey, priority: Priority): Promise<boolean> {
  return (await db.query(SET, [...keyValues(key), tenant, PRIORITY_KEYS[priority]])).length > 0;
}
