-- Is the row that stands there now the receipt that a job was made for? Ids are used again, so the number alone says
-- nothing. Functions of one expression, which the planner takes into the statement that calls them.

-- The same row: it was not deleted and its id given to another. `made` is extract(epoch from created_at), which no time
-- zone changes; a job of a receipt without it fits any.
create or replace function pantry_queue.is_same_row(params jsonb, orphaned_at timestamptz, made numeric) returns boolean
language sql immutable parallel safe as $$
  select orphaned_at is null and coalesce((params ->> 'made')::numeric = made, true)
$$;

-- The same row, owner and image: a reading of the job is one of this receipt.
create or replace function pantry_queue.is_same_image(
  params jsonb, job_user bigint, orphaned_at timestamptz, image text, receipt_user bigint, made numeric) returns boolean
language sql immutable parallel safe as $$
  select image = params ->> 'image_path' and receipt_user = job_user
    and orphaned_at is null and coalesce((params ->> 'made')::numeric = made, true)
$$;
