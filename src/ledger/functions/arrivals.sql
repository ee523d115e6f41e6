-- What a new job owes beside its row, in one trigger: the check of its first state, its first event, its count, and
-- that it takes the place of the generation before it. A batch that begins as usual writes all that in its own
-- statement (src/ledger/enqueue/enqueue-all.ts): a trigger that is called ten thousand times costs more than the rows.
create or replace function pantry_queue.arrive() returns trigger language plpgsql as $$
declare
  first_state text := coalesce(new.status || '/' || new.phase, new.status);
begin
  if first_state not in ('scheduled', 'deferred/dependency', 'queued/admission') then
    raise exception 'job % may not begin as %', pantry_queue.job_id_of(new.kind, new.subject, new.generation), first_state
      using errcode = 'PQ001';
  end if;
  insert into pantry_queue.events (job_no, tenant_id, user_id, batch_id, kind, state, data)
  values (new.job_no, new.tenant_id, new.user_id, new.batch_id, 'enqueued', first_state,
          jsonb_build_object('priority', new.priority));
  insert into pantry_queue.arrivals (tenant_id, user_id, status) values (new.tenant_id, new.user_id, new.status);
  -- Asked first: an update of no row would still call the trigger that counts.
  if new.generation > 1 and exists (
    select from pantry_queue.jobs
    where kind = new.kind and subject = new.subject and generation < new.generation and not superseded) then
    update pantry_queue.jobs set superseded = true
    where kind = new.kind and subject = new.subject and generation < new.generation and not superseded;
  end if;
  return null;
end $$;
create or replace trigger arrive after insert on pantry_queue.jobs for each row
  when (new.batch_id is null or new.status <> 'queued' or new.phase <> 'admission')
  execute function pantry_queue.arrive();
