-- Made once for each kind of job, with its name and its look-up (src/jobs/<kind>/lookup.sql) in place of the braces: the
-- look-up is part of the statement, so the planner sees through it.
-- Not for callers: these trust what they are told of tenant and user, and run with the rights and settings of the role that
-- calls them.

-- One subject on its own terms. No row where it may not become a new job now; why not is `verdict`'s to say.
-- @param asked what the caller says that a job of it is made of; null = nothing
-- @param only_user its subjects only; null = anybody's in the tenant
-- @param parents jobs that it waits for (functions/later.sql)
create or replace function pantry_queue.accept_{{kind}}(
  asked_subject bigint, asked jsonb, asked_tenant text, only_user bigint, asked_priority smallint, mode text,
  starts_at timestamptz default null, parents bigint[] default null, on_failure text default null)
returns table (job_no bigint, tenant_id text, kind text, subject bigint, generation integer, user_id bigint, priority smallint,
  status text, created_at timestamptz)
language plpgsql rows 1 as $$
#variable_conflict use_column
declare
  -- Not now(): a caller's transaction may have begun long ago.
  at timestamptz := clock_timestamp();
  first_status text := 'queued';
  first_phase text := 'admission';
  gives_up timestamptz := at + interval '72 hours';
begin
  if starts_at is not null or parents is not null then
    select f.status, f.phase, f.run_at, f.give_up_at into first_status, first_phase, starts_at, gives_up
    from pantry_queue.first_state(at, starts_at, parents) f;
  end if;
  if exists (select from pantry_queue.caps c where c.tenant_id = $3 and (c.queued is not null or c.per_minute is not null)) then
    if exists (select from pantry_queue.over_limits_{{kind}}(array[$1], array[$2], array[$3], array[$4], array[$6], false)) then
      return;
    end if;
  end if;
  return query
  insert into pantry_queue.jobs as j (tenant_id, kind, subject, generation, user_id, params, priority, status, phase,
    state_since, created_at, run_at, give_up_at)
  select $3, '{{kind}}', r.subject, coalesce(latest.generation, 0) + 1, r.user_id, r.params,
         $5, first_status, first_phase, at, at, starts_at, gives_up
  from ({{lookup}}) r
  left join lateral (
    select l.generation, l.status, l.user_id, l.params, l.orphaned_at from pantry_queue.jobs l
    where l.kind = '{{kind}}' and l.subject = r.subject order by l.generation desc limit 1
  ) latest on true
  where r.subject = $1 and r.tenant_id = $3 and ($4 is null or r.user_id = $4)
    and pantry_queue.verdict(r.subject, r.tenant_id, r.refused, $3,
      case when $2 is null then false else not r.params @> $2 end, $6, latest.status, latest.generation,
      pantry_queue.is_same_subject(latest.params, latest.user_id, latest.orphaned_at, r.params, r.user_id, r.made)) = 'new'
  -- Another caller was first: its job is the answer.
  on conflict do nothing
  returning j.job_no, j.tenant_id, j.kind, j.subject, j.generation, j.user_id, j.priority, j.status, j.created_at;
  if parents is not null and found then
    perform pantry_queue.depend('{{kind}}', array[$1], parents, on_failure);
  end if;
end $$;

-- Many subjects, each on its own terms: callers who arrive together share one call.
create or replace function pantry_queue.accept_{{kind}}_each(
  subjects bigint[], asked jsonb[], asked_tenants text[], only_users bigint[], priorities smallint[], modes text[])
returns table (job_no bigint, tenant_id text, kind text, subject bigint, generation integer, user_id bigint, priority smallint,
  status text, created_at timestamptz)
language plpgsql as $$
#variable_conflict use_column
declare
  -- Not now(): a caller's transaction may have begun long ago.
  at timestamptz := clock_timestamp();
  over bigint;
begin
  if exists (select from pantry_queue.caps c where c.tenant_id = any ($3) and (c.queued is not null or c.per_minute is not null)) then
    for over in select o.place from pantry_queue.over_limits_{{kind}}($1, $2, $3, $4, $6, false) o loop
      subjects[over] := null;
    end loop;
  end if;
  return query
  insert into pantry_queue.jobs as j (tenant_id, kind, subject, generation, user_id, params, priority, status, phase,
    state_since, created_at, give_up_at)
  select i.tenant, '{{kind}}', r.subject, coalesce(latest.generation, 0) + 1, r.user_id, r.params,
         i.priority, 'queued', 'admission', at, at, at + interval '72 hours'
  from unnest($1, $2, $3, $4, $5, $6)
    with ordinality as i (subject, asked, tenant, only_user, priority, mode, ord)
  join ({{lookup}}) r on r.subject = i.subject and r.tenant_id = i.tenant and (i.only_user is null or r.user_id = i.only_user)
  left join lateral (
    select l.generation, l.status, l.user_id, l.params, l.orphaned_at from pantry_queue.jobs l
    where l.kind = '{{kind}}' and l.subject = r.subject order by l.generation desc limit 1
  ) latest on true
  where pantry_queue.verdict(r.subject, r.tenant_id, r.refused, i.tenant,
      case when i.asked is null then false else not r.params @> i.asked end, i.mode, latest.status, latest.generation,
      pantry_queue.is_same_subject(latest.params, latest.user_id, latest.orphaned_at, r.params, r.user_id, r.made)) = 'new'
  order by i.ord
  on conflict do nothing
  returning j.job_no, j.tenant_id, j.kind, j.subject, j.generation, j.user_id, j.priority, j.status, j.created_at;
end $$;

-- Many subjects as one batch: all or none, or (`partial`) all that may be. One row, in order, for each that does not
-- become its subject's first job; where a verdict must be mended first, or one may not be accepted, nothing is.
-- @param asked one for each subject; null = nothing of any
create or replace function pantry_queue.accept_{{kind}}_batch(
  subjects bigint[], asked jsonb[], asked_tenant text, only_user bigint, asked_priority smallint, mode text,
  batch text, partial boolean,
  starts_at timestamptz default null, parents bigint[] default null, on_failure text default null)
returns table (asked_for bigint, verdict text, generation integer) language plpgsql as $$
#variable_conflict use_column
declare
  at timestamptz := clock_timestamp();
  over bigint[];
  over_by text[];
  said jsonb := jsonb_build_object('priority', asked_priority);
  first_status text := 'queued';
  first_phase text := 'admission';
  gives_up timestamptz := at + interval '72 hours';
begin
  if starts_at is not null or parents is not null then
    select f.status, f.phase, f.run_at, f.give_up_at into first_status, first_phase, starts_at, gives_up
    from pantry_queue.first_state(at, starts_at, parents) f;
  end if;
  if exists (select from pantry_queue.caps c where c.tenant_id = $3 and (c.queued is not null or c.per_minute is not null)) then
    select array_agg(o.place order by o.place), array_agg(o.verdict order by o.place) into over, over_by
    from pantry_queue.over_limits_{{kind}}($1, $2, array_fill($3, array[cardinality($1)]),
      array_fill($4, array[cardinality($1)]), array_fill($6, array[cardinality($1)]), not $8) o;
    if over is not null then
      return query select ($1)[o.place], o.verdict, null::integer from unnest(over, over_by) o (place, verdict);
      if not $8 then return; end if;
      select array_agg(i.subject order by i.ord), array_agg(i.asked order by i.ord) into subjects, asked
      from unnest($1, $2) with ordinality i (subject, asked, ord) where i.ord <> all (over);
      if subjects is null then return; end if;
    end if;
  end if;
  return query
  with found as materialized (
    select * from ({{lookup}}) r where r.subject = any ($1) and ($4 is null or r.user_id = $4)
  ), known as materialized (
    select distinct l.subject from pantry_queue.jobs l where l.kind = '{{kind}}' and l.subject = any ($1)
  ), judged as (
    select i.*, r.user_id, r.params, coalesce(latest.generation, 0) + 1 as next_generation, latest.generation,
      latest.job_no,
      pantry_queue.verdict(r.subject, r.tenant_id, r.refused, $3,
        case when i.asked is null then false else not r.params @> i.asked end, $6, latest.status, latest.generation,
        pantry_queue.is_same_subject(latest.params, latest.user_id, latest.orphaned_at, r.params, r.user_id, r.made))
        as verdict
    -- What was found was asked for, so these are left joins; a full one is never made row by row.
    from unnest($1, $2) with ordinality as i (subject, asked, ord)
    full join found r on r.subject = i.subject
    full join known k on k.subject = i.subject
    left join lateral (
      select l.job_no, l.generation, l.status, l.user_id, l.params, l.orphaned_at from pantry_queue.jobs l
      where l.kind = '{{kind}}' and l.subject = k.subject order by l.generation desc limit 1
    ) latest on true
  ), refused as (
    select from judged j
    where j.verdict in ('overtaken', 'unknown') or (j.verdict not in ('new', 'same') and not $8)
  ), accepted as (
    insert into pantry_queue.jobs
      (tenant_id, kind, subject, generation, user_id, params, priority, batch_id, status, phase,
       state_since, created_at, run_at, give_up_at)
    select $3, '{{kind}}', j.subject, j.next_generation, j.user_id, j.params, $5, $7, first_status, first_phase, at, at, starts_at, gives_up
    from judged j where j.verdict = 'new' and not exists (select from refused)
    order by j.ord
    returning job_no, tenant_id, user_id, batch_id, subject, generation, status
  ), recorded as (
    insert into pantry_queue.events (job_no, tenant_id, user_id, batch_id, kind, state, data)
    select a.job_no, a.tenant_id, a.user_id, a.batch_id, 'enqueued', 'queued/admission', said from accepted a
    -- The trigger `arrive` tells of all that begin otherwise.
    where first_phase is not distinct from 'admission'
  ), counted as (
    insert into pantry_queue.arrivals (tenant_id, user_id, status, n)
    select a.tenant_id, a.user_id, a.status, count(*) from accepted a
    where first_phase is not distinct from 'admission' group by 1, 2, 3
  ), batched as (
    insert into pantry_queue.batches
      (batch_id, tenant_id, user_id, total, queued, first_job_no, last_job_no, others, created_at)
    select $7, $3, coalesce($4, members.owner), members.total, new.n, new.first, new.last, members.others, at
    from (
      select count(*) as total, min(j.user_id) as owner,
        coalesce(array_agg(j.job_no) filter (where j.verdict = 'same'), '{}') as others
      from judged j where j.verdict in ('new', 'same')
    ) members
    cross join (select count(*) as n, min(a.job_no) as first, max(a.job_no) as last from accepted a) new
    where not exists (select from refused) and members.total > 0
  )
  select j.subject, j.verdict, case j.verdict when 'new' then j.next_generation else j.generation end
  from judged j where j.verdict <> 'new' or j.next_generation > 1 order by j.ord;
  -- Where all are first generations none is replaced: an update of no row would still call the trigger that counts.
  if found and first_phase is not distinct from 'admission' then
    -- One probe of the index each: joined, a plan that was made on an empty ledger reads all jobs for each.
    update pantry_queue.jobs o set superseded = true where o.job_no = any (array(
      select before.job_no
      from pantry_queue.batches b
      join pantry_queue.jobs a on a.job_no between b.first_job_no and b.last_job_no and a.batch_id = b.batch_id
      cross join lateral (
        select p.job_no, p.superseded from pantry_queue.jobs p
        where p.kind = '{{kind}}' and p.subject = a.subject and p.generation < a.generation
        order by p.generation desc limit 1) before
      where b.batch_id = $7 and a.generation > 1 and not before.superseded));
  end if;
  if parents is not null then
    perform pantry_queue.depend('{{kind}}', subjects, parents, on_failure, batch);
  end if;
end $$;
