-- Every process believes for some seconds what it knows of a key or session. One that ends is told to all at once, with the
-- commit that ends it, whichever program that is; such commits are rare, so a NOTIFY inside them holds up nobody.
create or replace function pantry_queue.credential_ended() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  perform pg_notify('pantry_queue', json_build_object('k', to_jsonb(old) ->> tg_argv[0])::text);
  return null;
end $$;

create or replace trigger key_revoked after update of revoked_at on pantry_queue.api_keys for each row
  when (old.revoked_at is null and new.revoked_at is not null)
  execute function pantry_queue.credential_ended('key_id');
create or replace trigger key_deleted after delete on pantry_queue.api_keys for each row
  when (old.revoked_at is null) execute function pantry_queue.credential_ended('key_id');
create or replace trigger session_ended after delete on pantry_queue.sessions for each row
  execute function pantry_queue.credential_ended('session_id');
