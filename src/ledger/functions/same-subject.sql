-- Is what stands under the id now what a job was made for? Ids are used again, so the number alone says nothing.
-- Functions of one expression, which the planner takes into the statement that calls them.

-- The same row: it was not deleted and its id given to another. `made` says which row it is, as of a receipt
-- extract(epoch from created_at), which no time zone changes; a job of a row without it fits any.
create or replace function pantry_queue.is_same_row(params jsonb, orphaned_at timestamptz, made numeric) returns boolean
language sql immutable parallel safe as $$
  select orphaned_at is null and coalesce((params ->> 'made')::numeric = made, true)
$$;

-- The same row and owner, of the same making: a result of the job is one of this subject.
create or replace function pantry_queue.is_same_subject(
  params jsonb, job_user bigint, orphaned_at timestamptz, found jsonb, found_user bigint, made numeric) returns boolean
language sql immutable parallel safe as $$
  select found - 'made' = params - 'made' and found_user = job_user
    and orphaned_at is null and coalesce((params ->> 'made')::numeric = made, true)
$$;
