-- The very same receipt stands there again, in the state that its latest job left: it was restored, or its table was
-- written anew in one transaction. It keeps its jobs, and its row of receipt_state is put back.
with standing as (
  select distinct on (t.subject) t.subject, j.tenant_id, t.state
  from pantry_queue.tombstones t
  join public.receipts r on r.id = t.subject
  join lateral (
    select * from pantry_queue.jobs j where j.kind = 'ocr' and j.subject = t.subject order by j.generation desc limit 1
  ) j on j.job_no <= t.job_no and r.image_path::text = j.params ->> 'image_path' and r.user_id = j.user_id
    and pantry_queue.is_same_row(j.params, j.orphaned_at, extract(epoch from r.created_at))
  where t.kind = 'ocr' and t.id = any ($1::bigint[]) and r.ocr_status::text = any (case
    when t.state ->> 'result_generation' is not null then array['completed', 'processing']
    when j.status = 'finished' then '{}'
    when j.status = 'failed' then array['failed']
    when j.status = 'canceled' then array['pending']
    else array['pending', 'processing', 'failed'] end)
  order by t.subject, t.state is null, t.id desc
), put as (
  insert into pantry_queue.receipt_state (receipt_id, tenant_id, image_sha256, image_bytes, result_generation, result_hash, review, review_reasons, review_since, review_user,
    review_ended, set_by, distinct_from, version, changes, updated_at)
  select (was).receipt_id, (was).tenant_id, (was).image_sha256, (was).image_bytes, (was).result_generation,
    (was).result_hash, (was).review, (was).review_reasons, (was).review_since, (was).review_user,
    (was).review_ended, (was).set_by, (was).distinct_from, (was).version, (was).changes, (was).updated_at
  from standing cross join lateral (select jsonb_populate_record(null::pantry_queue.receipt_state, jsonb_build_object(
    'receipt_id', subject, 'tenant_id', tenant_id, 'review_reasons', '[]'::jsonb, 'set_by', '{}'::jsonb, 'distinct_from', '[]'::jsonb, 'version', 0,
    'changes', '[]'::jsonb, 'updated_at', now()) || coalesce(state, '{}')) as was) of_state
  -- The row that came with the receipt knows nothing yet.
  on conflict (receipt_id) do update set tenant_id = excluded.tenant_id, image_sha256 = excluded.image_sha256, image_bytes = excluded.image_bytes,
    result_generation = excluded.result_generation, result_hash = excluded.result_hash, review = excluded.review,
    review_reasons = excluded.review_reasons, review_since = excluded.review_since, review_user =
    excluded.review_user, review_ended = excluded.review_ended, set_by = excluded.set_by,
    distinct_from = excluded.distinct_from, version =
    excluded.version, changes = excluded.changes, updated_at = excluded.updated_at
    where receipt_state.result_generation is null
)
delete from pantry_queue.tombstones t using standing s where t.kind = 'ocr' and t.id = any ($1::bigint[]) and t.subject = s.subject
returning t.id
