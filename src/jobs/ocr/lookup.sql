-- The receipt that stands under an id now, and what a job of it is made of.
select r.id as subject, s.tenant_id, r.user_id, extract(epoch from r.created_at) as made,
  jsonb_build_object('image_path', r.image_path::text, 'made', extract(epoch from r.created_at)) as params,
  case when coalesce(r.image_path, '') = '' then 'image_missing' end as refused
from public.receipts r left join pantry_queue.receipt_state s on s.receipt_id = r.id
where pantry_queue.is_user(r.user_id)
