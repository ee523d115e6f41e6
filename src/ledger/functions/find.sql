-- Jobs are numbered in the order in which they are accepted, so a search for a time is one for a number: as many steps as
-- the largest number has digits, in place of an index that every insert would pay for.
-- @returns the first job that was accepted at or after a moment, or one of those near it: numbers that are given at the
--   same time may be a little out of order. Null = none was accepted so late.
-- With the rights of its owner, since the row in the middle may be another tenant's; it tells nothing but a number.
create or replace function pantry_queue.job_no_at(moment timestamptz) returns bigint language plpgsql stable
security definer set search_path = pg_catalog, pg_temp as $$
declare
  low bigint := (select job_no from pantry_queue.jobs order by job_no limit 1);
  high bigint := (select job_no from pantry_queue.jobs order by job_no desc limit 1) + 1;
  past_the_last bigint := high;
  probed record;
begin
  while low < high loop
    select j.job_no, j.created_at into probed from pantry_queue.jobs j
    where j.job_no >= low + (high - low) / 2 order by j.job_no limit 1;
    if probed.created_at < moment then low := probed.job_no + 1;
    else high := low + (high - low) / 2;
    end if;
  end loop;
  return nullif(low, past_the_last);
end $$;
