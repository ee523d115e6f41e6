-- Jobs that start later: at a time, or when other jobs, their parents, have ended.

-- How a new job begins. It gives up as long after it may start as any other; after its parents, each of which ends by
-- the time that it gives up.
create or replace function pantry_queue.first_state(
  at timestamptz, starts_at timestamptz, parents bigint[],
  out status text, out phase text, out run_at timestamptz, out give_up_at timestamptz)
language plpgsql stable as $$
begin
  run_at := case when starts_at > at then starts_at end;
  status := case when parents is not null then 'deferred' when run_at is not null then 'scheduled' else 'queued' end;
  phase := case status when 'deferred' then 'dependency' when 'queued' then 'admission' end;
  give_up_at := interval '72 hours' + greatest(at, run_at,
    case when parents is not null then (select max(p.give_up_at) from pantry_queue.jobs p where p.job_no = any (parents)) end);
end $$;

-- The jobs of these subjects that were just accepted wait for their parents.
-- @param batch only those of this batch; null = the latest generation of each
create or replace function pantry_queue.depend(
  kind text, subjects bigint[], parents bigint[], on_failure text, batch text default null) returns void
language sql as $$
  insert into pantry_queue.dependencies (job_no, parent_no, tenant_id, on_parent_failure)
  select j.job_no, p.job_no, j.tenant_id, $4
  from unnest($2) as s (subject) cross join lateral (
    select l.job_no, l.tenant_id, l.status, l.phase, l.batch_id from pantry_queue.jobs l
    where l.kind = $1 and l.subject = s.subject order by l.generation desc limit 1) j
  cross join unnest($3) as p (job_no)
  where j.status = 'deferred' and j.phase = 'dependency' and ($5 is null or j.batch_id = $5)
$$;

-- What a caller means by the ids of jobs that are to end first, one row each, in order. `ocr-17` is the generation that
-- is the latest now: a later retry of it changes nothing. Jobs of others are like unknown ones.
-- @param only_user jobs of this user only; null = anybody's in the tenant
-- @returns verdict: `waits`, `finished` or `unfinished` as they stand; `not_found`; `circle` where a job of one of the
--   subjects would wait for itself
create or replace function pantry_queue.parents_of(
  asked text[], asked_tenant text, only_user bigint, asked_kind text, subjects bigint[])
returns table (job_id text, job_no bigint, status text, verdict text) language plpgsql stable as $$
#variable_conflict use_column
begin
  return query
  with recursive named as materialized (
    select a.id, a.nth, j.job_no, j.status, j.live, j.kind, j.subject, j.generation
    from unnest($1) with ordinality as a (id, nth)
    cross join regexp_match(a.id, '^([a-z][a-z0-9_]{0,19})-([1-9][0-9]{0,15})(?:\.([1-9][0-9]{0,8}))?$') as parts
    left join lateral (
      select l.* from pantry_queue.jobs l
      where l.kind = parts[1] and l.subject = parts[2]::bigint and l.tenant_id = $2 and ($3 is null or l.user_id = $3)
        and (parts[3] is null or l.generation = parts[3]::integer)
      order by l.generation desc limit 1) j on true
  ), above as (
    select n.nth, n.job_no from named n where n.job_no is not null
    union
    -- One probe of the index each: joined, a plan that was made on an empty ledger reads all rows at each step.
    select a.nth, d.parent_no from above a cross join lateral (
      select p.parent_no from pantry_queue.dependencies p where p.job_no = a.job_no limit 100) d
  ), circles as (
    -- Rows lead to older jobs only, so what lies further away than this is no danger either.
    select distinct w.nth from (select * from above limit 10000) w join pantry_queue.jobs j on j.job_no = w.job_no
    where j.kind = $4 and j.subject = any ($5)
  )
  select coalesce(pantry_queue.job_id_of(n.kind, n.subject, n.generation), n.id), n.job_no, n.status, case
    when n.job_no is null then 'not_found'
    when n.nth in (select nth from circles) then 'circle'
    when n.live then 'waits'
    when n.status = 'finished' then 'finished'
    else 'unfinished' end
  from named n order by n.nth;
end $$;

-- For SQL clients: what may not be waited for is refused with the code that the other doors give.
-- @returns the jobs that live; null where there are none, or none was asked for
create or replace function pantry_queue.checked_parents(
  after text[], on_parent_failure text, asked_tenant text, only_user bigint, kind text, subjects bigint[]) returns bigint[]
language plpgsql stable as $$
declare
  found_parents bigint[];
  parent record;
begin
  if on_parent_failure is null or on_parent_failure not in ('fail', 'cancel', 'run') then
    raise exception using errcode = '22023', detail = 'invalid_argument',
      message = format('on_parent_failure must be one of fail, cancel, run, not %L.', left(on_parent_failure, 60));
  elsif cardinality(after) > 100 or cardinality(after) * cardinality(subjects) > 100000 then
    raise exception using errcode = '22023', detail = 'invalid_argument',
      message = format('after must name at most 100 jobs, and 100000 for all receipts together, not %s for %s.',
        cardinality(after), cardinality(subjects));
  end if;
  for parent in select * from pantry_queue.parents_of(after, asked_tenant, only_user, kind, subjects) loop
    case parent.verdict
      when 'not_found' then
        raise exception using errcode = 'PQ404', detail = 'job_not_found',
          message = format('There is no job %s.', coalesce(left(parent.job_id, 60), 'without an id')),
          hint = 'Job ids look like ocr-17 or ocr-17.2; queue that receipt first.';
      when 'circle' then
        raise exception using errcode = 'PQ409', detail = 'dependency_circle',
          message = format('%s waits for this receipt, or is its own job: they would wait for each other.', parent.job_id),
          hint = 'Leave it out of after.';
      when 'waits' then
        found_parents := found_parents || parent.job_no;
      else
        if parent.verdict = 'unfinished' and on_parent_failure <> 'run' then
          raise exception using errcode = 'PQ422', detail = 'dependency_failed',
            message = format('%s is %s, so nothing was queued to run after it.', parent.job_id, parent.status),
            hint = 'Retry that job first, or give on_parent_failure => run.';
        end if;
    end case;
  end loop;
  return (select array_agg(distinct p) from unnest(found_parents) p);
end $$;

create or replace function pantry_queue.checked_start(run_at timestamptz) returns timestamptz language plpgsql stable as $$
begin
  if run_at > clock_timestamp() + interval '366 days' then
    raise exception using errcode = '22023', detail = 'invalid_argument',
      message = format('run_at must lie at most 366 days ahead, not at %s.', run_at);
  end if;
  return run_at;
end $$;
