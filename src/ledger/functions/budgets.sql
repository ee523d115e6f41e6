-- Budgets: what is spent is added by the statement that stores a paid call, and the call that uses a budget up writes the
-- cap that lets no further one begin. Anyone who changes a budget or its cap locks its row first, in the order of budget_no.

-- The day or month of a time zone that a moment lies in.
create or replace function pantry_queue.period_of(moment timestamptz, period text, zone text)
returns table (begins_at timestamptz, ends_at timestamptz) language sql stable as $$
  select (here.first - back.by) at time zone zone, (here.first - back.by + here.one) at time zone zone
  from (select date_trunc(period, moment at time zone zone) as first, ('1 ' || period)::interval as one) here
  -- Where clocks go back over midnight, the new day begins when it is midnight for the second time.
  cross join lateral (select case when here.first at time zone zone > moment then here.one else '0'::interval end as by) back
$$;

-- Anyone who sets a budget of a tenant waits for the calls that are being stored, and they for it: it counts each, or each
-- finds it.
create or replace function pantry_queue.budgets_of(tenant text) returns bigint language sql immutable as $$
  select hashtextextended('pantry_queue.budgets ' || tenant, 0)
$$;

-- Brings the cap of one scope to what its budgets say: while one of them is used up, no call begins.
-- @param by_job, paid_by the call that has used it up; null and 0 where it was no call
create or replace function pantry_queue.hold_by_budgets(tenant text, owner bigint, by_job bigint, paid_by bigint)
returns void language plpgsql as $$
declare
  used record;
  is_new boolean;
  scope bigint := coalesce(owner, 0);
begin
  -- "offset 0": those of the scope are probed, and not looked for among all that are used up.
  select * into used from (
    select * from pantry_queue.budgets where tenant_id = tenant and of_user = scope offset 0) b
  where b.exhausted order by b.ends_at desc, b.budget_no limit 1;
  if not found then
    -- Two probes of the index: "is not distinct from" reads all caps of the tenant.
    delete from pantry_queue.caps c where c.cap_no = any (array(
      select u.cap_no from pantry_queue.caps u
      where u.tenant_id = tenant and u.user_id = owner and u.kind is null and u.reason = 'budget_exhausted'
      union all
      select t.cap_no from pantry_queue.caps t
      where owner is null and t.tenant_id = tenant and t.user_id is null and t.kind is null and t.reason = 'budget_exhausted'));
    if found then
      insert into pantry_queue.events (tenant_id, user_id, kind, data)
      values (tenant, coalesce(owner, 0), 'budget_renewed', jsonb_build_object('budget_of', owner));
    end if;
    return;
  end if;
  insert into pantry_queue.caps as c (tenant_id, user_id, in_flight, reason, set_by, note)
  values (tenant, owner, 0, 'budget_exhausted', used.set_by,
    format('%s of %s %s a %s spent, until %s', trim_scale(used.spent), trim_scale(used.amount), used.currency, used.period,
      to_char(used.ends_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')))
  on conflict (tenant_id, user_id, kind, reason) do update set note = excluded.note
  returning c.xmax = 0 into is_new;
  if is_new then
    insert into pantry_queue.events (job_no, tenant_id, user_id, kind, data)
    values (by_job, tenant, coalesce(owner, paid_by), 'budget_exhausted', jsonb_build_object('budget_of', owner,
      'amount', trim_scale(used.amount)::text, 'spent', trim_scale(used.spent)::text, 'currency', used.currency,
      'period', used.period, 'ends_at', used.ends_at));
  end if;
end $$;

-- Adds a paid call to the budgets that it falls under.
create or replace function pantry_queue.spend() returns trigger language plpgsql as $$
declare
  scope record;
begin
  perform pg_advisory_xact_lock_shared(pantry_queue.budgets_of(new.tenant_id));
  perform from pantry_queue.budgets b
  where b.tenant_id = new.tenant_id and b.of_user = any (array[0, new.user_id]) order by b.budget_no for update;
  if not found then return null; end if;
  for scope in
    update pantry_queue.budgets b set begins_at = p.begins_at, ends_at = p.ends_at,
      spent = case when p.begins_at > b.begins_at then 0 else b.spent end + new.cost
    from pantry_queue.budgets o cross join lateral pantry_queue.period_of(new.at, o.period, o.time_zone) p
    where o.tenant_id = new.tenant_id and o.of_user = any (array[0, new.user_id])
      and b.budget_no = o.budget_no and b.currency = new.currency and b.tenant_id = new.tenant_id
      and b.of_user = any (array[0, new.user_id])
      -- A call of a period that is over adds to none.
      and p.begins_at >= b.begins_at
    returning b.user_id, b.exhausted
  loop
    if scope.exhausted then
      perform pantry_queue.hold_by_budgets(new.tenant_id, scope.user_id, new.job_no, new.user_id);
    end if;
  end loop;
  return null;
end $$;
create or replace trigger spend after insert on pantry_queue.paid_calls for each row when (new.cost > 0)
  execute function pantry_queue.spend();
