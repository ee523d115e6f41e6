-- Open reviews are counted as arrivals are (functions/counts.sql): a row that sweeps fold into the counters. Rows that
-- are not and were not in review cost the question alone.
create or replace function pantry_queue.count_review() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  if tg_op <> 'INSERT' and old.review = 'open' then
    insert into pantry_queue.arrivals (tenant_id, user_id, status, n) values (old.tenant_id, old.review_user, 'review', -1);
  end if;
  if tg_op <> 'DELETE' and new.review = 'open' then
    insert into pantry_queue.arrivals (tenant_id, user_id, status, n) values (new.tenant_id, new.review_user, 'review', 1);
  end if;
  return null;
end $$;
create or replace trigger count_new_review after insert on pantry_queue.receipt_state
  for each row when (new.review = 'open') execute function pantry_queue.count_review();
create or replace trigger count_review after update on pantry_queue.receipt_state
  for each row when ((old.review, old.tenant_id, old.review_user) is distinct from (new.review, new.tenant_id, new.review_user))
  execute function pantry_queue.count_review();
create or replace trigger count_gone_review after delete on pantry_queue.receipt_state
  for each row when (old.review = 'open') execute function pantry_queue.count_review();

create or replace function pantry_queue.count_no_reviews() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  insert into pantry_queue.arrivals (tenant_id, user_id, status, n)
  select tenant_id, review_user, 'review', -count(*) from pantry_queue.receipt_state where review = 'open' group by 1, 2;
  return null;
end $$;
create or replace trigger count_no_reviews before truncate on pantry_queue.receipt_state
  for each statement execute function pantry_queue.count_no_reviews();

-- A reading is judged by what the receipt said when its reply was looked at. Where somebody has changed it since, the
-- save begins anew (src/ledger/saving.ts).
create or replace function pantry_queue.raised_version(stands integer, seen integer) returns integer language plpgsql
immutable as $$
begin
  if stands <> seen then
    raise exception using errcode = 'PQ412', message = 'the receipt was changed since it was looked at';
  end if;
  return stands + 1;
end $$;
