-- Text as people compare it: without case, accents, umlauts ("Müller", "Mueller" and "Muller" are one), punctuation and
-- double spaces. Made by the collation that knows all letters, whatever the database's own does.
do $$
declare
  letters text := coalesce((
    select quote_ident(collname) from pg_collation
    where collnamespace = 'pg_catalog'::regnamespace and collname in ('pg_c_utf8', 'und-x-icu')
    order by collname limit 1), '"default"');
begin
  execute format($function$
    create or replace function pantry_queue.folded(said text) returns text language sql immutable parallel safe
    return btrim(regexp_replace(regexp_replace(translate(replace(replace(replace(regexp_replace(
      normalize(lower(left(said, 300) collate %1$s), nfkd), '[\u0300-\u036f]', '', 'g'),
      'ß', 'ss'), 'æ', 'a'), 'œ', 'o'), 'øłđı', 'oldi'), '([aou])e', '\1', 'g'), '[^[:alnum:]]+', ' ', 'g'))
  $function$, letters);
end $$;

-- The words of a merchant's name, without the legal form at its end; of a name of nothing but signs, the signs.
create or replace function pantry_queue.merchant_words(said text) returns text language sql immutable parallel safe
return (
  select case when f.words = '' then lower(btrim(left(said, 300)))
    else coalesce(nullif(regexp_replace(f.words,
      '( (gmbh|mbh|ag|kg|kgaa|ohg|ug|se|ek|e k|und co|co|ltd|limited|inc|llc|plc|corp|sa|sas|sarl|srl|spa|bv|nv))+$', ''), ''), f.words) end
  from (select pantry_queue.folded(said) as words) f);

-- One key for every spelling of a merchant; '' = there is none.
create or replace function pantry_queue.merchant_key(said text) returns text language sql immutable parallel safe
return coalesce(left(replace(pantry_queue.merchant_words(said), ' ', ''), 200), '');

-- Does a word stand in a text, in any spelling?
create or replace function pantry_queue.has_word(said text, word text) returns boolean language sql immutable parallel safe
return (
  select case when f.word = '' then position(btrim(has_word.word) in said) > 0
    else position(f.word in pantry_queue.folded(said)) > 0 end
  from (select pantry_queue.folded(has_word.word) as word) f);

-- The facts of these receipts as they stand now. It never fails for what an adopted table may hold, since it runs inside
-- other programs' transactions. No view: PostgreSQL lets nobody change the type of a column that a view shows.
create or replace function pantry_queue.facts_of(receipt_ids bigint[]) returns setof pantry_queue.receipt_facts
language sql stable set search_path = pg_catalog, pg_temp as $$
  select r.id, s.tenant_id, r.user_id, coalesce(pantry_queue.said_day(r.purchase_date::date), '-infinity'),
    coalesce(left(btrim(r.merchant_name::text), 255), ''),
    -- A new receipt has no merchant, and what makes a key costs more than all else here.
    case when r.merchant_name is null then '' else pantry_queue.merchant_key(r.merchant_name::text) end,
    pantry_queue.said_amount(r.total_amount::numeric),
    coalesce(left(upper(btrim(r.currency::text)), 10), '')
  from public.receipts r join pantry_queue.receipt_state s on s.receipt_id = r.id
  where r.id = any (receipt_ids) and pantry_queue.is_user(r.user_id)
$$;

create or replace function pantry_queue.keep_facts(receipt_ids bigint[]) returns void language sql
set search_path = pg_catalog, pg_temp as $$
  insert into pantry_queue.receipt_facts as f select * from pantry_queue.facts_of(receipt_ids)
  on conflict (receipt_id) do update set tenant_id = excluded.tenant_id, user_id = excluded.user_id, day = excluded.day,
    merchant = excluded.merchant, merchant_key = excluded.merchant_key, total_amount = excluded.total_amount,
    currency = excluded.currency
    where (f.tenant_id, f.user_id, f.day, f.merchant, f.merchant_key, f.total_amount, f.currency) is distinct from
      (excluded.tenant_id, excluded.user_id, excluded.day, excluded.merchant, excluded.merchant_key,
        excluded.total_amount, excluded.currency)
$$;

create or replace function pantry_queue.keep_new_facts() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  -- Each save inserts its row or finds it there, which is no new one.
  if exists (select from new_states) then
    perform pantry_queue.keep_facts(array(select receipt_id from new_states));
  end if;
  return null;
end $$;
create or replace trigger keep_new_facts after insert on pantry_queue.receipt_state
  referencing new table as new_states for each statement execute function pantry_queue.keep_new_facts();

create or replace function pantry_queue.keep_facts_of_tenant() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  perform pantry_queue.keep_facts(array[new.receipt_id]);
  return null;
end $$;
create or replace trigger keep_facts_of_tenant after update of tenant_id on pantry_queue.receipt_state
  for each row when (old.tenant_id is distinct from new.tenant_id) execute function pantry_queue.keep_facts_of_tenant();

-- No list of columns and no condition: PostgreSQL lets nobody change the type of a column that a trigger names.
create or replace function pantry_queue.keep_changed_facts() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  changed bigint[] := array(
    select n.id from new_receipts n join old_receipts o on o.id = n.id
    where (n.user_id, n.merchant_name, n.purchase_date, n.total_amount, n.currency)
      is distinct from (o.user_id, o.merchant_name, o.purchase_date, o.total_amount, o.currency));
begin
  if changed <> '{}' then
    perform pantry_queue.keep_facts(changed);
    -- It was given to nobody.
    delete from pantry_queue.receipt_facts f using new_receipts n
    where f.receipt_id = n.id and n.id = any (changed) and pantry_queue.is_user(n.user_id) is not true;
  end if;
  return null;
end $$;
create or replace trigger pantry_keep_facts after update on public.receipts
  referencing old table as old_receipts new table as new_receipts
  for each statement execute function pantry_queue.keep_changed_facts();

-- Receipts that were there before, and all of them where the text of a function above has changed.
select pantry_queue.keep_facts(array(select receipt_id from pantry_queue.receipt_state));
