-- What every process of one queue must be set to alike. The first one to start writes it down; one that differs would
-- hand jobs to nobody, or look for images where none are, so it refuses to start.
create table pantry_queue.shared_settings (
  name text primary key,
  value text not null,
  -- As the operator wrote it, where the value is an identity: the image folder.
  shown text not null,
  set_at timestamptz not null default now()
);
