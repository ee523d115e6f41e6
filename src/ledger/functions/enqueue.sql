-- How a job is accepted: one rule for the service and for every SQL client. Nothing here sends a notification, which
-- would serialise the commits of all callers; a gate looks by itself within a second.

-- Who becomes a new job, and what the others are told. `unknown` and `overtaken` must be mended before another look
-- (src/ledger/mend-looked.ts). A function of one expression, which the planner takes into the statement that calls it.
create or replace function pantry_queue.ocr_verdict(
  receipt_id bigint, tenant text, image text, asked_tenant text, asked_image text, mode text,
  status text, generation integer, is_same_image boolean) returns text
language sql immutable parallel safe as $$
  select case
    when receipt_id is null or tenant <> asked_tenant then 'receipt_not_found'
    when tenant is null then case asked_tenant when 'default' then 'unknown' else 'receipt_not_found' end
    when coalesce(image, '') = '' then 'image_missing'
    when asked_image <> image then 'idempotency_conflict'
    when status in ('failed', 'canceled') then 'new'
    when status is null then case when mode = 'retry' then 'not_retryable' else 'new' end
    when not is_same_image then case status when 'finished' then 'new' else 'overtaken' end
    when status = 'finished' then case mode when 'force' then 'new' when 'retry' then 'not_retryable' else 'same' end
    when mode = 'force' then 'job_active'
    when mode = 'retry' and generation = 1 then 'not_retryable'
    else 'same' end
$$;

-- The functions below are not for callers: they trust what they are told of tenant and user, and run with the rights and
-- settings of whoever calls them.

-- One receipt on its own terms. No row where it may not become a new job now; why not is `ocr_verdict`'s to say.
-- @param only_user its receipts only; null = anybody's in the tenant
create or replace function pantry_queue.accept_ocr(
  receipt_id bigint, asked_image text, asked_tenant text, only_user bigint, asked_priority smallint, mode text)
returns setof pantry_queue.jobs language plpgsql rows 1 as $$
declare
  -- Not now(): a caller's transaction may have begun long ago.
  at timestamptz := clock_timestamp();
begin
  return query
  insert into pantry_queue.jobs as j (tenant_id, kind, subject, generation, user_id, params, priority, status, phase,
    state_since, created_at, give_up_at)
  select $3, 'ocr', r.id, coalesce(latest.generation, 0) + 1, r.user_id,
         jsonb_build_object('image_path', r.image_path, 'made', extract(epoch from r.created_at)),
         $5, 'queued', 'admission', at, at, at + interval '72 hours'
  from public.receipts r
  join pantry_queue.receipt_state s on s.receipt_id = r.id
  left join lateral (
    select l.generation, l.status, l.user_id, l.params, l.orphaned_at from pantry_queue.jobs l
    where l.kind = 'ocr' and l.subject = r.id order by l.generation desc limit 1
  ) latest on true
  where r.id = $1 and ($4 is null or r.user_id = $4)
    and pantry_queue.ocr_verdict(r.id, s.tenant_id, r.image_path::text, $3, $2, $6, latest.status, latest.generation,
      pantry_queue.is_same_image(latest.params, latest.user_id, latest.orphaned_at,
        r.image_path::text, r.user_id, extract(epoch from r.created_at))) = 'new'
  -- Another caller was first: its job is the answer.
  on conflict do nothing
  returning j.*;
end $$;

-- Many receipts, each on its own terms: callers who arrive together share one call.
create or replace function pantry_queue.accept_ocr_each(
  receipt_ids bigint[], asked_images text[], asked_tenants text[], only_users bigint[], priorities smallint[], modes text[])
returns setof pantry_queue.jobs language plpgsql as $$
declare
  -- Not now(): a caller's transaction may have begun long ago.
  at timestamptz := clock_timestamp();
begin
  return query
  insert into pantry_queue.jobs as j (tenant_id, kind, subject, generation, user_id, params, priority, status, phase,
    state_since, created_at, give_up_at)
  select i.tenant, 'ocr', r.id, coalesce(latest.generation, 0) + 1, r.user_id,
         jsonb_build_object('image_path', r.image_path, 'made', extract(epoch from r.created_at)),
         i.priority, 'queued', 'admission', at, at, at + interval '72 hours'
  from unnest($1, $2, $3, $4, $5, $6)
    with ordinality as i (receipt_id, asked_image, tenant, only_user, priority, mode, ord)
  join public.receipts r on r.id = i.receipt_id and (i.only_user is null or r.user_id = i.only_user)
  join pantry_queue.receipt_state s on s.receipt_id = r.id
  left join lateral (
    select l.generation, l.status, l.user_id, l.params, l.orphaned_at from pantry_queue.jobs l
    where l.kind = 'ocr' and l.subject = r.id order by l.generation desc limit 1
  ) latest on true
  where pantry_queue.ocr_verdict(r.id, s.tenant_id, r.image_path::text, i.tenant, i.asked_image, i.mode, latest.status,
      latest.generation, pantry_queue.is_same_image(latest.params, latest.user_id, latest.orphaned_at,
        r.image_path::text, r.user_id, extract(epoch from r.created_at))) = 'new'
  order by i.ord
  on conflict do nothing
  returning j.*;
end $$;

-- Many receipts as one batch: all or none, or (`partial`) all that may be. One row, in order, for each that does not
-- become its receipt's first job; where a verdict must be mended first, or one may not be accepted, nothing is.
create or replace function pantry_queue.accept_ocr_batch(
  receipt_ids bigint[], asked_images text[], asked_tenant text, only_user bigint, asked_priority smallint, mode text,
  batch text, partial boolean)
returns table (asked bigint, verdict text, generation integer) language plpgsql as $$
#variable_conflict use_column
declare
  at timestamptz := clock_timestamp();
  said jsonb := jsonb_build_object('priority', asked_priority);
begin
  return query
  with judged as (
    select i.*, r.user_id, jsonb_build_object('image_path', r.image_path, 'made', extract(epoch from r.created_at)) as params,
      coalesce(latest.generation, 0) + 1 as next_generation, latest.generation,
      pantry_queue.ocr_verdict(r.id, s.tenant_id, r.image_path::text, $3, i.asked_image, $6, latest.status,
        latest.generation, pantry_queue.is_same_image(latest.params, latest.user_id, latest.orphaned_at,
          r.image_path::text, r.user_id, extract(epoch from r.created_at))) as verdict
    from unnest($1, $2) with ordinality as i (receipt_id, asked_image, ord)
    left join public.receipts r on r.id = i.receipt_id and ($4 is null or r.user_id = $4)
    left join pantry_queue.receipt_state s on s.receipt_id = r.id
    left join lateral (
      select l.generation, l.status, l.user_id, l.params, l.orphaned_at from pantry_queue.jobs l
      where l.kind = 'ocr' and l.subject = r.id order by l.generation desc limit 1
    ) latest on true
  ), refused as (
    select from judged j
    where j.verdict in ('overtaken', 'unknown') or (j.verdict not in ('new', 'same') and not $8)
  ), accepted as (
    insert into pantry_queue.jobs
      (tenant_id, kind, subject, generation, user_id, params, priority, batch_id, status, phase,
       state_since, created_at, give_up_at)
    select $3, 'ocr', j.receipt_id, j.next_generation, j.user_id, j.params, $5, $7, 'queued', 'admission', at, at, at + interval '72 hours'
    from judged j where j.verdict = 'new' and not exists (select from refused)
    order by j.ord
    returning job_no, tenant_id, user_id, batch_id, subject, generation, status
  ), recorded as (
    insert into pantry_queue.events (job_no, tenant_id, user_id, batch_id, kind, state, data)
    select a.job_no, a.tenant_id, a.user_id, a.batch_id, 'enqueued', 'queued/admission', said from accepted a
  ), counted as (
    insert into pantry_queue.arrivals (tenant_id, user_id, status, n)
    select a.tenant_id, a.user_id, a.status, count(*) from accepted a group by 1, 2, 3
  ), replaced as (
    -- One probe of the index each: joined, a plan that was made on an empty ledger reads all jobs for each.
    update pantry_queue.jobs o set superseded = true where o.job_no = any (array(
      select before.job_no
      from accepted a cross join lateral (
        select p.job_no, p.superseded from pantry_queue.jobs p
        where p.kind = 'ocr' and p.subject = a.subject and p.generation < a.generation
        order by p.generation desc limit 1) before
      where a.generation > 1 and not before.superseded))
  ), batched as (
    insert into pantry_queue.batches (batch_id, tenant_id, user_id, total, queued)
    select $7, $3, coalesce($4, (select min(j.user_id) from judged j)),
           (select count(*) from judged j where j.verdict in ('new', 'same')), (select count(*) from accepted)
    where not exists (select from refused) and exists (select from judged j where j.verdict in ('new', 'same'))
  )
  select j.receipt_id, j.verdict, case j.verdict when 'new' then j.next_generation else j.generation end
  from judged j where j.verdict <> 'new' or j.next_generation > 1 order by j.ord;
end $$;
