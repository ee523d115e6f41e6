-- A trigger of an adopted table may leave a row as it is and say nothing. What was not written is refused like all else
-- that a rule of the table refuses.
create or replace function pantry_queue.require_written(written boolean) returns boolean language plpgsql as $$
begin
  if written is not true then
    raise exception using errcode = '27000', message = 'a row of the subject was left as it was';
  end if;
  return written;
end $$;
