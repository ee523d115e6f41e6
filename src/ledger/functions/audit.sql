-- What the hash of an entry is made of: the hash before it, and every column of its own.
create or replace function pantry_queue.audit_hash(before bytea, e pantry_queue.audit) returns bytea language sql stable
set search_path = pg_catalog, pg_temp as $$
  select sha256(before || convert_to(jsonb_build_array(
    e.entry_no, extract(epoch from e.at), e.tenant_id, e.user_id, e.for_user, e.key_id, e.door, e.by_assistant,
    e.operation, e.subjects, e.outcome, e.request_id)::text, 'UTF8'))
$$;

-- The end of the chain is one row, so appends wait for each other.
create or replace function pantry_queue.append_audit(entries jsonb) returns void language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
  head pantry_queue.audit_head;
  e pantry_queue.audit;
begin
  select * into strict head from pantry_queue.audit_head for update;
  for e in select * from jsonb_populate_recordset(null::pantry_queue.audit, entries) loop
    head.last_no := head.last_no + 1;
    e.entry_no := head.last_no;
    e.hash := pantry_queue.audit_hash(head.last_hash, e);
    head.last_hash := e.hash;
    insert into pantry_queue.audit select e.*;
  end loop;
  update pantry_queue.audit_head set last_no = head.last_no, last_hash = head.last_hash;
end $$;

-- Every link that does not hold, from the anchor to the head. Anyone who may write to the table can make a new chain of all
-- of it: against that, keep the head elsewhere (docs/audit.md).
create or replace view pantry_queue.audit_breaks as
with linked as (
  select a as entry, a.entry_no, lag(a.entry_no) over w as before_no, lag(a.hash) over w as before
  from pantry_queue.audit a window w as (order by a.entry_no)
), head as (
  select * from pantry_queue.audit_head
)
select l.entry_no from linked l cross join head h
where l.entry_no <> coalesce(l.before_no, h.anchor_no) + 1
  or (l.entry).hash is distinct from pantry_queue.audit_hash(coalesce(l.before, h.anchor_hash), l.entry)
union all
select h.last_no from head h
left join lateral (select entry_no, hash from pantry_queue.audit order by entry_no desc limit 1) last on true
where (h.last_no, h.last_hash) is distinct from
  (coalesce(last.entry_no, h.anchor_no), coalesce(last.hash, h.anchor_hash));
