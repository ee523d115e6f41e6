-- Columns are filled through jsonb_populate_record, so that an adopted table's own types are met. What somebody said stays.
state as (
  insert into pantry_queue.receipt_state as s (receipt_id, tenant_id, result_generation, result_hash, review, review_reasons,
    review_since, review_user, review_ended, set_by, version)
  select subject, tenant_id, generation, $5, w.review, w.review_reasons,
         case when w.review = 'open' then date_trunc('milliseconds', now()) end, user_id, w.review_ended, w.set_by, 1
  from saved cross join lateral jsonb_to_record(pantry_queue.with_twin($7::jsonb -> 'state', result)) as w (
    review text, review_reasons jsonb, review_ended jsonb, set_by jsonb)
  on conflict (receipt_id) do update set result_generation = excluded.result_generation, result_hash = excluded.result_hash,
    review = excluded.review, review_reasons = excluded.review_reasons, review_ended = excluded.review_ended,
    review_since = case when s.review = 'open' or excluded.review <> 'open' then s.review_since else excluded.review_since end,
    review_user = excluded.review_user, set_by = excluded.set_by, updated_at = now(),
    version = pantry_queue.raised_version(s.version, ($7::jsonb #>> '{state,seen}')::integer),
    changes = case jsonb_typeof($7::jsonb #> '{state,change}') when 'object'
      then jsonb_path_query_array(s.changes || ($7::jsonb #> '{state,change}' || jsonb_build_object('at', now())), '$[last - 19 to last]')
      else s.changes end
  returning receipt_id, set_by, review, review_reasons
), patch as (
  select s.receipt_id, jsonb_populate_record(null::public.receipts, $7::jsonb -> 'receipt') as new, s.set_by from state s
), receipt as (
  update public.receipts r set
    merchant_name = case when p.set_by ? 'merchant_name' then r.merchant_name else (p.new).merchant_name end,
    total_amount = case when p.set_by ? 'total_amount' then r.total_amount else (p.new).total_amount end,
    currency = case when p.set_by ? 'currency' then r.currency else (p.new).currency end,
    purchase_date = case when p.set_by #>> '{purchase_date,by}' <> 'agent'
                         then coalesce(r.purchase_date, (p.new).purchase_date)
                         else coalesce((p.new).purchase_date, r.purchase_date) end,
    extraction_confidence = (p.new).extraction_confidence,
    extraction_errors = (p.new).extraction_errors,
    ocr_text = (p.new).ocr_text,
    ocr_status = 'completed', parsed_at = now(), updated_at = now()
  from patch p, saved j where r.id = p.receipt_id and r.image_path::text = j.params ->> 'image_path'
    -- No `=`: by the index of owners it would be looked for among all that the owner has.
    and r.user_id is not distinct from j.user_id
    and pantry_queue.is_same_row(j.params, j.orphaned_at, extract(epoch from r.created_at))
  returning r.id
), replaced as (
  delete from public.receipt_items i using state s
  where i.receipt_id = s.receipt_id and not s.set_by ? 'items'
  returning i.receipt_id
), items as (
  insert into public.receipt_items (receipt_id, item_name, quantity, unit_price, total_price, currency, confidence)
  select s.receipt_id, i.item_name, i.quantity, i.unit_price, i.total_price, i.currency, i.confidence
  from state s cross join lateral jsonb_to_recordset($7::jsonb -> 'items') as i (
    item_name text, quantity numeric, unit_price numeric, total_price numeric, currency text, confidence numeric)
  where not s.set_by ? 'items'
  returning receipt_id
)
