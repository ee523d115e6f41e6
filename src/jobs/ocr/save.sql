-- Columns are filled through jsonb_populate_record, so that an adopted table's own types are met. What a person set stays.
state as (
  insert into pantry_queue.receipt_state as s
    (receipt_id, tenant_id, result_generation, result_hash, needs_review, review_reasons, set_by)
  select subject, tenant_id, generation, $5, ($6::jsonb ->> 'needs_review')::boolean,
         $6::jsonb -> 'review_reasons',
         jsonb_build_object('purchase_date', jsonb_build_object('by', $6::jsonb -> 'purchase_date_by'))
  from saved
  on conflict (receipt_id) do update set result_generation = excluded.result_generation, result_hash = excluded.result_hash,
    needs_review = excluded.needs_review, review_reasons = excluded.review_reasons, updated_at = now(),
    -- Who said the date is known already, where anybody did.
    set_by = excluded.set_by || case when s.set_by #>> '{purchase_date,by}' in ('person', 'uploader', 'application')
                                     then s.set_by else s.set_by - 'purchase_date' end
  returning receipt_id, set_by
), patch as (
  select s.receipt_id, jsonb_populate_record(null::public.receipts, $7::jsonb -> 'receipt') as new, s.set_by from state s
), receipt as (
  update public.receipts r set
    merchant_name = case when p.set_by #>> '{merchant_name,by}' = 'person' then r.merchant_name else (p.new).merchant_name end,
    total_amount = case when p.set_by #>> '{total_amount,by}' = 'person' then r.total_amount else (p.new).total_amount end,
    currency = case when p.set_by #>> '{currency,by}' = 'person' then r.currency else (p.new).currency end,
    purchase_date = case when p.set_by #>> '{purchase_date,by}' in ('person', 'uploader', 'application')
                         then coalesce(r.purchase_date, (p.new).purchase_date)
                         else coalesce((p.new).purchase_date, r.purchase_date) end,
    extraction_confidence = (p.new).extraction_confidence,
    extraction_errors = (p.new).extraction_errors,
    ocr_text = (p.new).ocr_text,
    ocr_status = 'completed', parsed_at = now(), updated_at = now()
  from patch p, saved j where r.id = p.receipt_id and r.image_path::text = j.params ->> 'image_path' and r.user_id = j.user_id
    and pantry_queue.is_same_row(j.params, j.orphaned_at, extract(epoch from r.created_at))
), replaced as (
  delete from public.receipt_items i using state s
  where i.receipt_id = s.receipt_id and s.set_by #>> '{items,by}' is distinct from 'person'
), items as (
  insert into public.receipt_items (receipt_id, item_name, quantity, unit_price, total_price, currency, confidence)
  select s.receipt_id, i.item_name, i.quantity, i.unit_price, i.total_price, i.currency, i.confidence
  from state s cross join lateral jsonb_to_recordset($7::jsonb -> 'items') as i (
    item_name text, quantity numeric, unit_price numeric, total_price numeric, currency text, confidence numeric)
  where s.set_by #>> '{items,by}' is distinct from 'person'
)
