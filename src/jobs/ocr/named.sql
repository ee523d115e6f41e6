-- The merchant that a receipt shows now, and what lists show beside it: what was read, or what a person has set.
select r.id as subject, r.user_id, extract(epoch from r.created_at) as made, r.merchant_name::text as name,
  jsonb_build_object('total_amount', pantry_queue.said_amount(r.total_amount::numeric)::text, 'currency', r.currency::text,
    'needs_review', coalesce(s.needs_review, false)) as brief
from public.receipts r left join pantry_queue.receipt_state s on s.receipt_id = r.id
