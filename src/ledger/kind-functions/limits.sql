-- Made once for each kind of job, as accept.sql. Only tenants that limit what they accept pay for this.

-- The requests that would become new jobs now, with their owners.
create or replace function pantry_queue.judge_{{kind}}(
  subjects bigint[], asked jsonb[], asked_tenants text[], only_users bigint[], modes text[])
returns table (place bigint, tenant text, owner bigint, verdict text) language sql stable as $$
  select i.ord, i.tenant, r.user_id, pantry_queue.verdict(r.subject, r.tenant_id, r.refused, i.tenant,
      case when i.asked is null then false else not r.params @> i.asked end, i.mode, latest.status, latest.generation,
      pantry_queue.is_same_subject(latest.params, latest.user_id, latest.orphaned_at, r.params, r.user_id, r.made))
  from unnest($1, $2, $3, $4, $5) with ordinality as i (subject, asked, tenant, only_user, mode, ord)
  left join ({{lookup}}) r on r.subject = i.subject and (i.only_user is null or r.user_id = i.only_user)
  left join lateral (
    select l.generation, l.status, l.user_id, l.params, l.orphaned_at from pantry_queue.jobs l
    where l.kind = '{{kind}}' and l.subject = r.subject order by l.generation desc limit 1
  ) latest on true
$$;

-- Which of the requests that would become new jobs find no room under a limit. Duplicates take none.
-- @param whole all or none: where one is refused for another reason, nobody takes any
create or replace function pantry_queue.over_limits_{{kind}}(
  subjects bigint[], asked jsonb[], asked_tenants text[], only_users bigint[], modes text[], whole boolean)
returns table (place bigint, verdict text) language plpgsql as $$
#variable_conflict use_column
declare
  places bigint[];
  tenants text[];
  owners bigint[];
begin
  -- First without the locks, which need the owners; what others have committed meanwhile is seen the second time.
  for look in 1..2 loop
    select array_agg(j.place order by j.place) filter (where j.verdict = 'new'),
      array_agg(j.tenant order by j.place) filter (where j.verdict = 'new'),
      array_agg(j.owner order by j.place) filter (where j.verdict = 'new')
    into places, tenants, owners
    from pantry_queue.judge_{{kind}}($1, $2, $3, $4, $5) j
    having not ($6 and bool_or(j.verdict not in ('new', 'same')));
    if places is null then return; end if;
    if look = 1 and not pantry_queue.lock_limits('{{kind}}', tenants, owners) then return; end if;
  end loop;
  return query select t.place, t.verdict from pantry_queue.take_room('{{kind}}', places, tenants, owners, $6) t;
end $$;
