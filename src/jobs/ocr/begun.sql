marked as (
  update public.receipts r set ocr_status = 'processing', updated_at = now()
  from current c where r.id = c.subject and c.stands and r.ocr_status is distinct from 'processing'
)
