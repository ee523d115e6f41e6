-- An upload whose answer was lost is sent again under the same key, and must not become a second receipt. The row is
-- written by the statement that makes the receipt. No reference to it: a key also remembers a receipt that was deleted.
create table pantry_queue.idempotency_keys (
  tenant_id text not null,
  user_id integer not null,
  key text not null,
  -- Of the image and of what was said about it: the same key with anything else is a mistake of the caller.
  fingerprint text not null,
  receipt_id bigint not null,
  created_at timestamptz not null default now(),
  primary key (tenant_id, user_id, key)
);
create index idempotency_keys_created on pantry_queue.idempotency_keys (created_at);
