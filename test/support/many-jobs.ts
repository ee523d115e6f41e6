import type { Phase, Status } from '../../src/contract/job.ts';
import type { Db } from '../../src/ledger/db.ts';

/** A job as a test describes it; what is left out is the same for all. */
export interface MadeJob {
  readonly subject: number;
  readonly status: Status;
  readonly phase?: Phase | null;
  readonly generation?: number;
  readonly user_id?: number;
  readonly tenant_id?: string;
  readonly batch_id?: string | null;
  readonly error_code?: string | null;
  readonly error_message?: string | null;
  /** Seconds before now. */
  readonly created_ago?: number;
  readonly ended_ago?: number | null;
  readonly superseded?: boolean;
  readonly cleared?: boolean;
  readonly orphaned?: boolean;
  readonly merchant?: string | null;
}

/**
 * Writes receipts and jobs in the states that a test wants, past the guards that lead there one step at a time. Jobs of
 * one subject share its receipt; the one that is named last gives it its merchant.
 */
export async function makeJobs(db: Db, jobs: readonly MadeJob[]): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.execute('alter table pantry_queue.jobs disable trigger user');
    await tx.query(
      `insert into public.receipts (id, user_id, image_path, merchant_name)
       select distinct on (subject) subject, coalesce(user_id, 1), 'minio://receipts/' || subject || '.jpg', merchant
       from jsonb_to_recordset($1::jsonb) r (subject bigint, user_id bigint, merchant text, generation integer)
       order by subject, generation desc`,
      [JSON.stringify(jobs)],
    );
    await tx.query(
      `insert into pantry_queue.jobs (kind, subject, generation, user_id, tenant_id, batch_id, params, status, phase,
         error_code, error_message, fingerprint, created_at, give_up_at, ended_at, superseded, cleared_at, orphaned_at)
       select 'ocr', r.subject, coalesce(r.generation, 1), coalesce(r.user_id, 1), coalesce(r.tenant_id, 'default'),
         r.batch_id, jsonb_build_object('image_path', 'minio://receipts/' || r.subject || '.jpg'), r.status, r.phase,
         r.error_code, r.error_message,
         case r.status when 'failed' then pantry_queue.fingerprint_of(r.error_code, r.error_message) end,
         now() - make_interval(secs => coalesce(r.created_ago, 60)),
         now() - make_interval(secs => coalesce(r.created_ago, 60)) + interval '72 hours',
         case when r.status in ('finished', 'failed', 'canceled')
           then now() - make_interval(secs => coalesce(r.ended_ago, 0)) end,
         coalesce(r.superseded, false), case when r.cleared then now() end, case when r.orphaned then now() end
       from jsonb_to_recordset($1::jsonb) r (subject bigint, generation integer, user_id bigint,
         tenant_id text, batch_id text, status text, phase text, error_code text, error_message text,
         created_ago float8, ended_ago float8, superseded boolean, cleared boolean, orphaned boolean)`,
      [JSON.stringify(jobs)],
    );
    await tx.execute('alter table pantry_queue.jobs enable trigger user');
  });
}
