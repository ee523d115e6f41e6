receipt as (
  -- Through a record of the table, so that an adopted enum is met: a CASE of literals alone is text.
  update public.receipts r set updated_at = now(), ocr_status = (jsonb_populate_record(null::public.receipts,
    jsonb_build_object('ocr_status', case
      when s.result_generation is not null then 'completed'
      -- What it is now has not been read.
      when e.error_code = 'receipt_changed' then 'pending'
      when e.status = 'failed' then 'failed' else 'pending' end))).ocr_status
  from ended e left join pantry_queue.receipt_state s on s.receipt_id = e.subject
  where r.id = e.subject and pantry_queue.is_same_row(e.params, e.orphaned_at, extract(epoch from r.created_at))
)
