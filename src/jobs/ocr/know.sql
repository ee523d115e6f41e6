insert into pantry_queue.receipt_state (receipt_id)
select id from public.receipts where id = any ($1::bigint[]) on conflict do nothing
