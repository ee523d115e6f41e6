-- What a new job owes beside its row, in one trigger: the check of its first state, its first event, and its count. The
-- count is a row that is appended: adding to two counters that all callers share cost an insert six times as much.
-- Sweeps fold arrivals into the counters; the sum of both, pantry_queue.counts, is exact at every moment.
create table pantry_queue.arrivals (
  tenant_id text not null,
  user_id integer not null,
  status text not null
);

create view pantry_queue.counts as
select tenant_id, user_id, status, error_code, n from pantry_queue.counters
union all
select a.tenant_id, o.user_id, a.status, '', 1
from pantry_queue.arrivals a cross join lateral (values (0), (a.user_id)) o (user_id);

create function pantry_queue.arrive() returns trigger language plpgsql as $$
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
  insert into pantry_queue.arrivals (tenant_id, user_id, status) values (new.tenant_id, new.user_id, new.status);
  return null;
end $$;
drop trigger guard_new_job on pantry_queue.jobs;
drop trigger count_inserted on pantry_queue.jobs;
drop function pantry_queue.refuse_new_job();
create trigger arrive after insert on pantry_queue.jobs for each row execute function pantry_queue.arrive();

-- As in 0003, without the inserts.
create or replace function pantry_queue.count_jobs() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
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
