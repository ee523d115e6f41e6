-- A reply is kept as it came: bytes, not what was made of them. Replies of earlier versions stay in `body`.
alter table pantry_queue.replies alter column body drop not null;
alter table pantry_queue.replies add column raw bytea;
alter table pantry_queue.replies add constraint replies_kept check (raw is not null or body is not null)
  not valid;

-- The code with which a reply was refused as none for its receipt. It is kept for the operator until a usable one comes.
alter table pantry_queue.replies add column refused text;
