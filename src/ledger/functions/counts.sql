-- With the rights of the reader: the owner of a view would see all tenants.
create or replace view pantry_queue.counts with (security_invoker = true) as
select tenant_id, user_id, status, error_code, n from pantry_queue.counters
union all
select a.tenant_id, o.user_id, a.status, '', a.n
from pantry_queue.arrivals a cross join lateral (values (0::bigint), (a.user_id)) o (user_id);

-- Failed jobs that somebody may still want to run again: of the latest generation, not cleared, their subject there.
create or replace function pantry_queue.is_dead_letter(
  status text, superseded boolean, cleared_at timestamptz, orphaned_at timestamptz) returns boolean
language sql immutable parallel safe as $$
  select status = 'failed' and not superseded and cleared_at is null and orphaned_at is null
$$;

-- Counters are of the latest generations whose subject is there, without failures that a person has cleared. What a
-- statement takes away and what it adds are summed a counter, so a row that kept its state cancels itself out. Rows are
-- taken in the order of the key, so two statements that meet in a shard wait and do not deadlock.
create or replace function pantry_queue.count_jobs() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    insert into pantry_queue.counters as c (tenant_id, user_id, status, error_code, shard, n)
    select j.tenant_id, o.user_id, j.status, case j.status when 'failed' then coalesce(j.error_code, '') else '' end,
           pg_backend_pid() % 16, -count(*)
    from old_jobs j cross join lateral (values (0::bigint), (j.user_id)) o (user_id)
    where not j.superseded and j.orphaned_at is null and j.cleared_at is null
    group by 1, 2, 3, 4 order by 1, 2, 3, 4
    on conflict (tenant_id, user_id, status, error_code, shard) do update set n = c.n + excluded.n;
    insert into pantry_queue.failures as f (tenant_id, user_id, error_code, fingerprint, shard, n)
    select j.tenant_id, o.user_id, coalesce(j.error_cause, j.error_code, ''), j.fingerprint, j.job_no % 16, -count(*)
    from old_jobs j cross join lateral (values (0::bigint), (j.user_id)) o (user_id)
    where pantry_queue.is_dead_letter(j.status, j.superseded, j.cleared_at, j.orphaned_at)
    group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5
    on conflict (tenant_id, user_id, error_code, fingerprint, shard) do update set n = f.n + excluded.n;
  else
    insert into pantry_queue.counters as c (tenant_id, user_id, status, error_code, shard, n)
    select j.tenant_id, o.user_id, j.status, case j.status when 'failed' then coalesce(j.error_code, '') else '' end,
           pg_backend_pid() % 16, sum(j.n)
    from (
      select tenant_id, user_id, status, error_code, -1 as n from old_jobs
      where not superseded and orphaned_at is null and cleared_at is null
      union all
      select tenant_id, user_id, status, error_code, 1 from new_jobs
      where not superseded and orphaned_at is null and cleared_at is null
    ) j cross join lateral (values (0::bigint), (j.user_id)) o (user_id)
    group by 1, 2, 3, 4 having sum(j.n) <> 0
    order by 1, 2, 3, 4
    on conflict (tenant_id, user_id, status, error_code, shard) do update set n = c.n + excluded.n;
    -- Most changes are not about failed jobs, and cost no more than this question.
    if exists (select from old_jobs where status = 'failed') or exists (select from new_jobs where status = 'failed') then
      insert into pantry_queue.failures as f (tenant_id, user_id, error_code, fingerprint, shard, n)
      select j.tenant_id, o.user_id, j.error_code, j.fingerprint, j.shard, sum(j.n)
      from (
        select tenant_id, user_id, coalesce(error_cause, error_code, '') as error_code, fingerprint, job_no % 16 as shard, -1 as n
        from old_jobs where pantry_queue.is_dead_letter(status, superseded, cleared_at, orphaned_at)
        union all
        select tenant_id, user_id, coalesce(error_cause, error_code, ''), fingerprint, job_no % 16, 1
        from new_jobs where pantry_queue.is_dead_letter(status, superseded, cleared_at, orphaned_at)
      ) j cross join lateral (values (0::bigint), (j.user_id)) o (user_id)
      group by 1, 2, 3, 4, 5 having sum(j.n) <> 0
      order by 1, 2, 3, 4, 5
      on conflict (tenant_id, user_id, error_code, fingerprint, shard) do update set n = f.n + excluded.n;
    end if;
    -- The only place that sees every end: what waits for these jobs is told, and they wait for nothing any more.
    if exists (select from new_jobs where not live) and exists (select from pantry_queue.dependencies) then
      update pantry_queue.dependencies d set parent_ended = true
      where d.parent_no = any (array(select job_no from new_jobs where not live)) and not d.parent_ended;
      delete from pantry_queue.dependencies d where d.job_no = any (array(select job_no from new_jobs where not live));
    end if;
  end if;
  return null;
end $$;
create or replace trigger count_updated after update on pantry_queue.jobs
  referencing old table as old_jobs new table as new_jobs for each statement execute function pantry_queue.count_jobs();
create or replace trigger count_deleted after delete on pantry_queue.jobs
  referencing old table as old_jobs for each statement execute function pantry_queue.count_jobs();
