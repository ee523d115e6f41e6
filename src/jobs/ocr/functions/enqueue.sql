-- For any SQL client, inside its own transaction: the job is there when that commits, and was never there when it rolls
-- back. docs/sql.md describes them.

create or replace function pantry_queue.refuse_ocr(verdict text, receipt_id bigint, stored_image text, asked_image text)
returns void language plpgsql as $$
begin
  case verdict
    when 'not_found' then
      raise exception using errcode = 'PQ404', detail = 'receipt_not_found',
        message = format('There is no receipt %s.', coalesce(receipt_id::text, 'without an id')),
        hint = 'Insert the receipt first; its row must be visible to this transaction.';
    when 'image_missing' then
      raise exception using errcode = 'PQ422', detail = verdict,
        message = format('Receipt %s has no image.', receipt_id),
        hint = 'Set image_path of the receipt to the key of its image, as in minio://receipts/<key>.';
    when 'idempotency_conflict' then
      raise exception using errcode = 'PQ409', detail = verdict,
        message = format('Receipt %s is stored with image %s, not %s.', receipt_id, left(stored_image, 512), left(asked_image, 512)),
        hint = 'Leave image_path out, or change the receipt first.';
    when 'job_active' then
      raise exception using errcode = 'PQ423', detail = verdict,
        message = format('ocr-%s is still live, so it cannot be forced to run again.', receipt_id),
        hint = 'Wait until it has ended, or cancel it.';
    else
      raise exception using errcode = 'PQ503', detail = 'ledger_unavailable',
        message = format('The earlier job of receipt %s is being ended, because the receipt was changed.', receipt_id),
        hint = 'Ask again in a few seconds.';
  end case;
end $$;

create or replace function pantry_queue.enqueue_ocr(
  receipt_id bigint, image_path text default null, user_id bigint default null, priority text default 'default',
  force boolean default false, run_at timestamptz default null, after text[] default null,
  on_parent_failure text default 'fail')
returns table (job_id text, generation integer, status text, deduplicated boolean)
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan set enable_seqscan = off set lock_timeout = '1s' as $$
declare
  key smallint := pantry_queue.priority_key($4);
  tenant text := pantry_queue.tenant_of_session();
  mode text := case when $5 then 'force' else 'once' end;
  asked jsonb := case when $2 is null then null else jsonb_build_object('image_path', $2) end;
  parents bigint[];
  seen record;
begin
  if $6 is not null then perform pantry_queue.checked_start($6); end if;
  if $7 is not null then parents := pantry_queue.checked_parents($7, $8, tenant, $3, 'ocr', array[$1]); end if;
  -- Each look is overtaken only by what another caller commits meanwhile.
  for look in 1..4 loop
    return query select 'ocr-' || j.subject, j.generation, j.status, false
      from pantry_queue.accept_ocr($1, asked, tenant, $3, key, mode, $6, parents, $8) j;
    if found then return; end if;
    select latest.generation, latest.status, r.params ->> 'image_path' as stored, r.user_id as owner,
      pantry_queue.verdict(r.subject, r.tenant_id, r.refused, tenant, not r.params @> asked, mode,
        latest.status, latest.generation, pantry_queue.is_same_subject(latest.params, latest.user_id, latest.orphaned_at,
          r.params, r.user_id, r.made)) as verdict
    into seen
    from (select) one
    left join ({{lookup}}) r on r.subject = $1 and ($3 is null or r.user_id = $3)
    left join lateral (
      select * from pantry_queue.jobs l where l.kind = 'ocr' and l.subject = r.subject order by l.generation desc limit 1
    ) latest on true;
    if seen.verdict = 'same' then
      return query select 'ocr-' || $1, seen.generation, seen.status, true;
      return;
    elsif seen.verdict = 'unknown' then
      insert into pantry_queue.receipt_state (receipt_id) values ($1) on conflict do nothing;
    elsif seen.verdict <> 'new' then
      perform pantry_queue.refuse_ocr(seen.verdict, $1, seen.stored, $2);
    else
      perform pantry_queue.refuse_by_limit(pantry_queue.refusing_limit(tenant, seen.owner, 'ocr', 1, 1));
    end if;
  end loop;
  perform pantry_queue.refuse_ocr('overtaken', $1, null, null);
end $$;

create or replace function pantry_queue.enqueue_ocr_batch(
  receipt_ids bigint[], user_id bigint default null, priority text default 'default', force boolean default false,
  run_at timestamptz default null, after text[] default null, on_parent_failure text default 'fail')
returns table (receipt_id bigint, job_id text, generation integer, deduplicated boolean)
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan set enable_seqscan = off set lock_timeout = '1s' as $$
declare
  key smallint := pantry_queue.priority_key($3);
  tenant text := pantry_queue.tenant_of_session();
  mode text := case when $4 then 'force' else 'once' end;
  batch text := 'batch-' || gen_random_uuid();
  ids bigint[] := array(select i.id from unnest($1) with ordinality i (id, ord) group by i.id order by min(i.ord));
  asked bigint[];
  verdicts text[];
  generations integer[];
  parents bigint[];
  bad bigint;
begin
  if cardinality(ids) not between 1 and 10000 then
    raise exception using errcode = '22023', detail = 'invalid_argument',
      message = format('receipt_ids must name 1 to 10000 receipts, not %s.', cardinality(ids));
  end if;
  if $5 is not null then perform pantry_queue.checked_start($5); end if;
  if $6 is not null then parents := pantry_queue.checked_parents($6, $7, tenant, $2, 'ocr', ids); end if;
  for look in 1..4 loop
    begin
      select array_agg(a.asked order by a.nth), array_agg(a.verdict order by a.nth), array_agg(a.generation order by a.nth)
      into asked, verdicts, generations
      from pantry_queue.accept_ocr_batch(ids, null, tenant, $2, key, mode, batch, false,
          $5, parents, $7)
        with ordinality as a (asked, verdict, generation, nth);
    exception when unique_violation then
      -- Another caller was first with one of them.
      continue;
    end;
    bad := (select min(v.nth) from unnest(verdicts) with ordinality v (verdict, nth) where v.verdict not in ('new', 'same'));
    if bad is null then
      return query select i.id, 'ocr-' || i.id, coalesce(a.generation, 1), coalesce(a.verdict, 'new') = 'same'
        from unnest(ids) with ordinality as i (id, ord)
        left join unnest(asked, generations, verdicts) as a (id, generation, verdict) using (id)
        order by i.ord;
      return;
    end if;
    if verdicts[bad] in ('queue_full', 'rate_limited') then
      perform pantry_queue.refuse_by_limit(pantry_queue.refusing_limit(n.tenant, n.owner, 'ocr', n.of_owner, n.in_all))
      from (
        select j.tenant, j.owner, count(*) as of_owner, (sum(count(*)) over ())::bigint as in_all
        from pantry_queue.judge_ocr(ids, null,
          array_fill(tenant, array[cardinality(ids)]), array_fill($2, array[cardinality(ids)]),
          array_fill(mode, array[cardinality(ids)])) j
        where j.verdict = 'new' group by 1, 2) n;
      continue;
    end if;
    if verdicts[bad] <> 'unknown' then perform pantry_queue.refuse_ocr(verdicts[bad], asked[bad], null, null); end if;
    insert into pantry_queue.receipt_state (receipt_id) select r.id from public.receipts r where r.id = any (ids)
    on conflict do nothing;
  end loop;
  perform pantry_queue.refuse_ocr('overtaken', ids[1], null, null);
end $$;
