-- What every accepted job and every change of state pays. A function in language sql is inlined anew by each statement
-- that meets it in a trigger's condition, and run through a second executor when it is called: both cost more than the
-- rows they handled. The rules are those of 0001.

drop trigger guard_new_job on pantry_queue.jobs;
create trigger guard_new_job before insert on pantry_queue.jobs for each row
  when (coalesce(new.status || '/' || new.phase, new.status)
        not in ('scheduled', 'deferred/dependency', 'queued/admission'))
  execute function pantry_queue.refuse_new_job();

-- What a statement takes away and what it adds are summed a counter: a row that kept its state cancels itself out.
-- Rows are taken in the order of the key, so two statements that meet in a shard wait and do not deadlock.
create or replace function pantry_queue.count_jobs() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into pantry_queue.counters as c (tenant_id, user_id, status, error_code, shard, n)
    select j.tenant_id, o.user_id, j.status, '', pg_backend_pid() % 16, count(*)
    from new_jobs j cross join lateral (values (0), (j.user_id)) o (user_id)
    group by 1, 2, 3 order by 1, 2, 3
    on conflict (tenant_id, user_id, status, error_code, shard) do update set n = c.n + excluded.n;
  elsif tg_op = 'DELETE' then
    insert into pantry_queue.counters as c (tenant_id, user_id, status, error_code, shard, n)
    select j.tenant_id, o.user_id, j.status, case j.status when 'failed' then coalesce(j.error_code, '') else '' end,
           pg_backend_pid() % 16, -count(*)
    from old_jobs j cross join lateral (values (0), (j.user_id)) o (user_id)
    group by 1, 2, 3, 4 order by 1, 2, 3, 4
    on conflict (tenant_id, user_id, status, error_code, shard) do update set n = c.n + excluded.n;
  else
    insert into pantry_queue.counters as c (tenant_id, user_id, status, error_code, shard, n)
    select j.tenant_id, o.user_id, j.status, case j.status when 'failed' then coalesce(j.error_code, '') else '' end,
           pg_backend_pid() % 16, sum(j.n)
    from (
      select tenant_id, user_id, status, error_code, -1 as n from old_jobs
      union all
      select tenant_id, user_id, status, error_code, 1 from new_jobs
    ) j cross join lateral (values (0), (j.user_id)) o (user_id)
    group by 1, 2, 3, 4 having sum(j.n) <> 0
    order by 1, 2, 3, 4
    on conflict (tenant_id, user_id, status, error_code, shard) do update set n = c.n + excluded.n;
  end if;
  return null;
end $$;
drop function pantry_queue.add_to_counters(pantry_queue.counters[]);
