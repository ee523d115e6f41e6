-- A receipt is more than its number: an id is used again after a delete, a TRUNCATE … RESTART IDENTITY, a restore.
-- A job remembers the row that it was made for, and ends with it.

alter table pantry_queue.jobs
  -- extract(epoch from receipts.created_at), which no time zone changes; null where the row had none.
  add column receipt_made numeric,
  -- The receipt was deleted: reply, result and image key are gone, the job answers for no receipt any more.
  add column orphaned_at timestamptz,
  -- A later generation exists. Counts are of the latest one.
  add column superseded boolean not null default false;

-- Receipts that were deleted, until a sweep has ended their jobs and removed what was read in them.
create table pantry_queue.tombstones (
  id bigint generated always as identity primary key,
  receipt_id integer not null,
  -- Its jobs are those up to this one: later ones belong to whoever uses the id again.
  job_no bigint not null,
  -- The row of receipt_state, put back when the very same receipt is restored.
  state jsonb,
  created_at timestamptz not null default clock_timestamp()
);

-- Both run inside the deleting transaction, as the owner: they read one index entry, append, and wait for no job.
create function pantry_queue.bury_receipt() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  insert into pantry_queue.tombstones (receipt_id, job_no, state)
  values (old.receipt_id, coalesce((select max(job_no) from pantry_queue.jobs), 0), to_jsonb(old));
  return null;
end $$;
create trigger bury_receipt after delete on pantry_queue.receipt_state
  for each row execute function pantry_queue.bury_receipt();

create function pantry_queue.bury_receipts() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  insert into pantry_queue.tombstones (receipt_id, job_no, state)
  select s.receipt_id, coalesce((select max(job_no) from pantry_queue.jobs), 0), to_jsonb(s)
  from pantry_queue.receipt_state s;
  return null;
end $$;
create trigger bury_receipts before truncate on pantry_queue.receipt_state
  for each statement execute function pantry_queue.bury_receipts();

-- How far the slow walk over all jobs has come, which finds what no trigger told.
alter table pantry_queue.queue_state add column walked_job_no bigint not null default 0;

-- What a sweep needs to make the row of receipt_state, whose deletion is what tells of a deleted receipt.
alter table pantry_queue.arrivals add column receipt_id integer, add column job_no bigint;

-- As in 0004; besides, a further generation takes the place of the one before it.
create or replace function pantry_queue.arrive() returns trigger language plpgsql as $$
declare
  first_state text := coalesce(new.status || '/' || new.phase, new.status);
begin
  if first_state not in ('scheduled', 'deferred/dependency', 'queued/admission') then
    raise exception 'job % may not begin as %', new.receipt_id, first_state using errcode = 'PQ001';
  end if;
  insert into pantry_queue.events (tenant_id, receipt_id, generation, kind, state, data)
  values (new.tenant_id, new.receipt_id, new.generation, 'enqueued', first_state, case
    when new.batch_id is null then jsonb_build_object('priority', new.priority)
    else jsonb_build_object('priority', new.priority, 'batch_id', new.batch_id) end);
  insert into pantry_queue.arrivals (tenant_id, user_id, status, receipt_id, job_no)
  values (new.tenant_id, new.user_id, new.status, new.receipt_id, new.job_no);
  if new.generation > 1 then
    update pantry_queue.jobs set superseded = true
    where receipt_id = new.receipt_id and generation < new.generation and not superseded;
  end if;
  return null;
end $$;

-- As in 0004, of the latest generations whose receipt is there.
create or replace function pantry_queue.count_jobs() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    insert into pantry_queue.counters as c (tenant_id, user_id, status, error_code, shard, n)
    select j.tenant_id, o.user_id, j.status, case j.status when 'failed' then coalesce(j.error_code, '') else '' end,
           pg_backend_pid() % 16, -count(*)
    from old_jobs j cross join lateral (values (0), (j.user_id)) o (user_id)
    where not j.superseded and j.orphaned_at is null
    group by 1, 2, 3, 4 order by 1, 2, 3, 4
    on conflict (tenant_id, user_id, status, error_code, shard) do update set n = c.n + excluded.n;
  else
    insert into pantry_queue.counters as c (tenant_id, user_id, status, error_code, shard, n)
    select j.tenant_id, o.user_id, j.status, case j.status when 'failed' then coalesce(j.error_code, '') else '' end,
           pg_backend_pid() % 16, sum(j.n)
    from (
      select tenant_id, user_id, status, error_code, -1 as n from old_jobs where not superseded and orphaned_at is null
      union all
      select tenant_id, user_id, status, error_code, 1 from new_jobs where not superseded and orphaned_at is null
    ) j cross join lateral (values (0), (j.user_id)) o (user_id)
    group by 1, 2, 3, 4 having sum(j.n) <> 0
    order by 1, 2, 3, 4
    on conflict (tenant_id, user_id, status, error_code, shard) do update set n = c.n + excluded.n;
  end if;
  return null;
end $$;

-- Jobs of earlier versions: what is known of their receipts now is what they were made for.
update pantry_queue.jobs j set superseded = true
where exists (select from pantry_queue.jobs l where l.receipt_id = j.receipt_id and l.generation > j.generation);
update pantry_queue.jobs j set receipt_made = extract(epoch from r.created_at)
from public.receipts r where r.id = j.receipt_id and r.user_id = j.user_id;
insert into pantry_queue.receipt_state (receipt_id, tenant_id)
select distinct on (j.receipt_id) j.receipt_id, j.tenant_id
from pantry_queue.jobs j join public.receipts r on r.id = j.receipt_id
on conflict do nothing;
