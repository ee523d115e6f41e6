import type { Db } from '../../src/ledger/db.ts';

const USERS = 100;
const CHUNK = 20_000;

/**
 * Fills a ledger as years would: 70 of 100 jobs finished, 5 failed, 25 waiting, over 100 owners. Rows are written in
 * their final state, so the guards that would refuse that are off meanwhile, and the counters are summed at the end.
 */
export async function seedJobs(db: Db, count: number): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.execute('alter table pantry_queue.jobs disable trigger user');
    for (let from = 0; from < count; from += CHUNK) {
      const to = Math.min(count, from + CHUNK);
      await tx.query(
        `insert into public.receipts (user_id, image_path, purchase_date, ocr_status, merchant_name)
         select 1 + (n / 100) % $3::int, 'minio://receipts/image-' || n || '.jpg', '2026-01-31',
                case when n % 100 < 70 then 'completed' when n % 100 < 75 then 'failed' else 'pending' end,
                case when n = 68 then 'Rare Shop' when n % 100 < 70 then 'Corner Shop' end
         from generate_series($1::int + 1, $2::int) n`,
        [from, to, USERS],
      );
      await tx.query(
        `insert into pantry_queue.jobs (kind, subject, generation, user_id, params, status, phase, created_at,
           give_up_at, started_at, ended_at, attempt, error_code, error_message, fingerprint, result,
           result_hash)
         select 'ocr', n, 1, 1 + (n / 100) % $3::int,
                jsonb_build_object('image_path', 'minio://receipts/image-' || n || '.jpg'), state.status,
                case state.status when 'queued' then 'admission' end, now() - interval '1 day',
                now() + interval '71 hours', state.ended, state.ended, case when state.ended is null then 0 else 1 end,
                case state.status when 'failed' then 'agent_error' end,
                case state.status when 'failed' then 'The agent failed.' end,
                case state.status when 'failed' then pantry_queue.fingerprint_of('agent_error', 'The agent failed.') end,
                case state.status when 'finished' then jsonb_build_object('merchant_name', 'Corner Shop',
                  'total_amount', '12.50', 'items', '[]'::jsonb, 'needs_review', false) end,
                case state.status when 'finished' then 'none' end
         from generate_series($1::int + 1, $2::int) n cross join lateral (
           select case when n % 100 < 70 then 'finished' when n % 100 < 75 then 'failed' else 'queued' end as status,
                  case when n % 100 < 75 then now() - interval '1 hour' end as ended) state`,
        [from, to, USERS],
      );
    }
    await tx.execute('alter table pantry_queue.jobs enable trigger user');
    await tx.execute(
      `insert into pantry_queue.counters (tenant_id, user_id, status, error_code, shard, n)
       select j.tenant_id, o.user_id, j.status, coalesce(j.error_code, ''), 0, count(*)
       from pantry_queue.jobs j cross join lateral (values (0::bigint), (j.user_id)) o (user_id) group by 1, 2, 3, 4`,
    );
    await tx.execute(
      `insert into pantry_queue.failures (tenant_id, user_id, error_code, fingerprint, shard, n)
       select j.tenant_id, o.user_id, j.error_code, j.fingerprint, j.job_no % 16, count(*)
       from pantry_queue.jobs j cross join lateral (values (0::bigint), (j.user_id)) o (user_id)
       where j.status = 'failed' group by 1, 2, 3, 4, 5`,
    );
  });
}

/** A batch of each hundred of those jobs, none ended: some of its members wait. */
export async function seedBatches(db: Db, jobs: number): Promise<void> {
  await db.query(
    `insert into pantry_queue.batches (batch_id, user_id, total, queued, others, waits_for)
     select 'batch-' || n, 1, 100, 0, array(select generate_series(100 * n - 99, 100 * n)), 100 * n
     from generate_series(1, $1 / 100) n`,
    [jobs],
  );
}
