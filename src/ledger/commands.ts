import type { Db } from './db.ts';
import type { RunRow } from './job-key.ts';

/** What must be carried out in the engine. */
export type Command = RunRow & {
  id: number;
  engine_run_id: string | null;
  tries: number;
};

const CLAIM_COMMANDS = `
update pantry_queue.commands c set
  tries = c.tries + 1, next_try_at = now() + least(power(2, c.tries), 30) * interval '1 second'
from pantry_queue.jobs j
where j.job_no = c.job_no and c.id = any (array(
  select id from pantry_queue.commands where done_at is null and next_try_at <= now()
  order by id limit $1 for update skip locked))
returning c.id, j.kind, j.subject, j.generation, c.run_no, c.engine_run_id, c.tries`;

/** Commands to carry out now; one that is not marked done comes again, later each time. */
export function claimCommands(db: Db, limit: number): Promise<Command[]> {
  return db.query<Command>(CLAIM_COMMANDS, [limit]);
}

export async function markCommandDone(db: Db, id: number): Promise<void> {
  await db.query('update pantry_queue.commands set done_at = now() where id = $1', [id]);
}
