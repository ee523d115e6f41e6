-- A key still tells that its receipt was deleted, and nothing of what was sent under it.
no_fingerprints as (
  update pantry_queue.idempotency_keys k set fingerprint = ''
  from buried b where k.receipt_id = b.subject and k.created_at <= b.created_at and k.fingerprint <> ''
), no_facts as (
  -- Where no trigger told of the deletion.
  delete from pantry_queue.receipt_facts f using buried b
  where f.receipt_id = b.subject and not exists (select from public.receipts r where r.id = f.receipt_id)
), unnamed as (
  insert into pantry_queue.image_removals (tenant_id, image_path)
  select distinct tenant_id, params ->> 'image_path' from forgotten where params ->> 'image_path' <> ''
  on conflict do nothing
)
