-- The merchant that a receipt shows now: what was read, or what a person has set.
select r.id as subject, r.user_id, extract(epoch from r.created_at) as made, r.merchant_name::text as name
from public.receipts r
