released as (
  -- Decided in SET, not WHERE: WHERE sees the snapshot and would miss a run that marked it meanwhile.
  update public.receipts r set updated_at = now(),
    ocr_status = case when r.ocr_status <> 'processing' then r.ocr_status
                      when s.result_generation is null then 'pending' else 'completed' end
  from canceled c left join pantry_queue.receipt_state s on s.receipt_id = c.subject
  where r.id = c.subject and c.status = 'canceled'
    and pantry_queue.is_same_row(c.params, c.orphaned_at, extract(epoch from r.created_at))
)
