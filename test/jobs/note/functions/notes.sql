create table if not exists pantry_queue.notes (
  id bigint generated always as identity primary key,
  tenant_id text not null default 'default',
  user_id bigint not null,
  body text not null,
  state text not null default 'new',
  words integer,
  created_at timestamptz not null default now()
);
