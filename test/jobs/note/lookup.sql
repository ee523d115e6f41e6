-- The note that stands under an id now.
select n.id as subject, n.tenant_id, n.user_id, extract(epoch from n.created_at) as made,
  jsonb_build_object('body', n.body, 'made', extract(epoch from n.created_at)) as params,
  case when n.body = '' then 'invalid_argument' end as refused
from pantry_queue.notes n
