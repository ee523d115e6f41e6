import type { RunKey } from '../contract/job.ts';
import type { Db } from './db.ts';
import { endingRefused, endMismatch, type Fenced, whyNotCurrent } from './ends.ts';
import { OF_RUN, runValues } from './job-key.ts';
import { ofKind, partOf } from './of-kind.ts';
import { subjectStands } from './same-subject.ts';

const MARK_PROCESSING = ofKind(
  (type) => `
with current as (
  select j.subject, ${subjectStands(type, 'j')} as stands from pantry_queue.jobs j
  where ${OF_RUN} and j.live and j.cancel_requested_at is null and j.admitted_at is not null
  -- A job that ends at this moment ends before or after: never in between, with its subject left as being processed.
  for share
)${partOf(type.sql.begun)}
select stands from current`,
);

/**
 * The run begins: its subject says so, if this run is the current one of this ledger.
 * @throws AppError result_not_storable when the database refuses that for good; the job has ended with it then
 */
export async function markProcessing(db: Db, ledgerId: string, run: RunKey): Promise<Fenced> {
  const [ledger] = await db.query<{ ledger_id: string }>('select ledger_id from pantry_queue.ledger');
  if (ledger?.ledger_id !== ledgerId) return { current: false, reason: 'the run belongs to another ledger' };
  const statement = MARK_PROCESSING(db.kinds.of(run.kind));
  const [row] = await endingRefused(db, run, () => db.query<{ stands: boolean }>(statement, runValues(run)));
  if (!row) return { current: false, reason: await whyNotCurrent(db, run) };
  return row.stands ? { current: true } : endMismatch(db, run);
}
