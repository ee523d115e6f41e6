-- Is a receipt of this user of the same purchase, as far as merchant, day, total and currency tell? Two that are saved at
-- the same moment wait for each other here, and the second one finds the first.
create or replace function pantry_queue.twin_of(
  subject bigint, tenant text, owner bigint, merchant text, bought date, total numeric, code text) returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  key text := pantry_queue.merchant_key(merchant);
  code_key text := coalesce(left(upper(btrim(code)), 10), '');
  own pantry_queue.receipt_state := (select s from pantry_queue.receipt_state s where s.receipt_id = subject);
begin
  if key = '' or bought is null or total is null then return null; end if;
  perform pg_advisory_xact_lock(hashtextextended(concat_ws('|', 'twin', tenant, owner, key, bought, trim_scale(total), code_key), 0));
  -- Read before, as it is now, and not in doubt: the other one is or was, and a person may have settled that.
  if own.result_generation is not null and not own.review_reasons @> '[{"code": "possible_duplicate"}]' and exists (
    select from pantry_queue.receipt_facts f where f.receipt_id = subject
      and (f.merchant_key, f.day, f.total_amount, f.currency) = (key, bought, total, code_key)) then
    return null;
  end if;
  return (
    select f.receipt_id from (
      select * from pantry_queue.receipt_facts f
      where f.tenant_id = tenant and f.user_id = owner and f.merchant_key = key and f.day = bought
        and f.total_amount = total and f.currency = code_key and f.receipt_id <> subject
      order by f.receipt_id limit 100
    ) f join pantry_queue.receipt_state s on s.receipt_id = f.receipt_id
    where subject <> all (s.distinct_from) and f.receipt_id <> all (coalesce(own.distinct_from, '{}'))
    order by f.receipt_id limit 1);
end $$;

-- What a save writes into receipt_state, where its result names a twin.
create or replace function pantry_queue.with_twin(state jsonb, result jsonb) returns jsonb language sql immutable
set search_path = pg_catalog, pg_temp as $$
  select case when result #>> '{review_reasons,0,code}' = 'possible_duplicate'
    then state || jsonb_build_object('review', 'open', 'review_ended', null,
      'review_reasons', jsonb_build_array(result #> '{review_reasons,0}') || (state -> 'review_reasons'))
    else state end
$$;

-- The result of a reading as it is saved: with a reason to review it where its receipt may be a duplicate.
-- @param columns what is written into the receipt
create or replace function pantry_queue.doubt_twin(result jsonb, columns jsonb, subject bigint, tenant text, owner bigint)
returns jsonb language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  said jsonb := (
    select jsonb_object_agg(name, value) from (
      select p.name, case p.name when 'merchant_name' then r.merchant_name::text when 'total_amount' then pantry_queue.said_amount(r.total_amount::numeric)::text
        else r.currency::text end as value
      from public.receipts r join pantry_queue.receipt_state s on s.receipt_id = r.id
      cross join lateral unnest(array['merchant_name', 'total_amount', 'currency']) p (name)
      where r.id = subject and s.set_by ? p.name) words);
  shown jsonb := columns || coalesce(said, '{}');
  twin bigint := pantry_queue.twin_of(subject, tenant, owner, shown ->> 'merchant_name', (result ->> 'purchase_date')::date,
    (shown ->> 'total_amount')::numeric, shown ->> 'currency');
begin
  if twin is null then return result; end if;
  return result || jsonb_build_object('needs_review', true, 'review_reasons', jsonb_build_array(jsonb_build_object(
    'code', 'possible_duplicate', 'field', null, 'data', jsonb_build_object('receipt_id', twin),
    'message', format('receipt %s may be of the same purchase', twin))) || (result -> 'review_reasons'));
end $$;
