-- The oldest open reviews from before a time, locked; those that somebody else holds are left out.
create or replace function pantry_queue.reviews_before(before timestamptz, most integer) returns setof bigint
language sql rows 100
-- Along the index: with young statistics all of them would be read and sorted.
set enable_sort = off set enable_bitmapscan = off as $$
  select s.receipt_id from pantry_queue.receipt_state s where s.review = 'open' and s.review_since < before
  order by s.review_since limit most for update skip locked
$$;
