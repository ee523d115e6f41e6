-- In which cluster the ledger stands, and on which timeline: a server that was restored to an earlier moment, or took
-- over from another, counts its transactions on from there. Null where the server does not tell.
create or replace function pantry_queue.cluster_name() returns text language plpgsql as $$
begin
  return (select system_identifier from pg_control_system())
    || '/' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8);
exception when insufficient_privilege or undefined_function or feature_not_supported or object_not_in_prerequisite_state then
  return null;
end $$;

-- Is the ledger in another cluster than its present epoch began in? Also where the server does not tell: then an event
-- by a transaction that is still to come can only have been restored.
create or replace function pantry_queue.has_moved() returns boolean language sql as $$
  select (pantry_queue.cluster_name() is not null and e.cluster is distinct from pantry_queue.cluster_name())
    or coalesce((
      select last.id >= e.first_id and last.xid >= pg_snapshot_xmax(pg_current_snapshot())
      from (select xid, id from pantry_queue.events order by xid desc, id desc limit 1) last), false)
  from (select * from pantry_queue.epochs order by epoch desc limit 1) e
$$;

-- Begins an epoch where the ledger has moved. Nobody writes events meanwhile: what is committed belongs to the epochs
-- before, what follows to the new one, and no transaction to both. What was written here before anybody asked is told
-- from restored events by its transaction, which is not one to come.
create or replace function pantry_queue.begin_epoch() returns boolean language plpgsql as $$
declare
  present pantry_queue.epochs;
  snapshot pg_snapshot;
  boundary bigint;
begin
  lock table pantry_queue.events in share row exclusive mode;
  if not pantry_queue.has_moved() then return false; end if;
  select * into present from pantry_queue.epochs order by epoch desc limit 1;
  snapshot := pg_current_snapshot();
  boundary := 1 + coalesce(
    (select max(e.id) from pantry_queue.events e where e.id >= present.first_id and e.xid >= pg_snapshot_xmax(snapshot)),
    greatest((select max(e.id) from pantry_queue.events e), present.first_id - 1));
  insert into pantry_queue.epochs (epoch, cluster, first_id, first_xid, prior_xid)
  select present.epoch + 1, pantry_queue.cluster_name(), boundary,
    least(pg_snapshot_xmin(snapshot), (select min(e.xid) from pantry_queue.events e where e.id >= boundary)),
    coalesce((select max(e.xid) from pantry_queue.events e where e.id < boundary), '0');
  return true;
end $$;

insert into pantry_queue.epochs (epoch, cluster, first_id, first_xid, prior_xid)
select 1, pantry_queue.cluster_name(), 1, '0', '0' where not exists (select from pantry_queue.epochs);
