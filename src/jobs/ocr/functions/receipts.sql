-- Every receipt has its row of receipt_state, no matter who inserts it. Runs inside the inserting transaction, as the owner.
create or replace function pantry_queue.know_receipts() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  -- Asked once: it reads catalogs, and takes longer than all else that a row of thousands costs.
  tenant text := coalesce(pantry_queue.session_tenant(), 'default');
begin
  insert into pantry_queue.receipt_state (receipt_id, tenant_id)
  select id, tenant from new_receipts on conflict do nothing;
  return null;
end $$;
create or replace trigger pantry_know_receipts after insert on public.receipts
  referencing new table as new_receipts for each statement execute function pantry_queue.know_receipts();

-- A receipt is more than its number: an id is used again after a delete, a TRUNCATE … RESTART IDENTITY, a restore. What
-- is deleted is noted inside the deleting transaction, as the owner: one index entry is read, one row is appended, and
-- no job is waited for.
create or replace function pantry_queue.bury_receipt() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  insert into pantry_queue.tombstones (kind, subject, tenant_id, job_no, state)
  values ('ocr', old.receipt_id, old.tenant_id, coalesce((select max(job_no) from pantry_queue.jobs), 0), to_jsonb(old));
  return null;
end $$;
create or replace trigger bury_receipt after delete on pantry_queue.receipt_state
  for each row execute function pantry_queue.bury_receipt();

create or replace function pantry_queue.bury_receipts() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  insert into pantry_queue.tombstones (kind, subject, tenant_id, job_no, state)
  select 'ocr', s.receipt_id, s.tenant_id, coalesce((select max(job_no) from pantry_queue.jobs), 0), to_jsonb(s)
  from pantry_queue.receipt_state s;
  return null;
end $$;
create or replace trigger bury_receipts before truncate on pantry_queue.receipt_state
  for each statement execute function pantry_queue.bury_receipts();
