-- Generated from TRANSITIONS in src/contract/job.ts; test/ledger/transitions.test.ts holds the two together.
create or replace function pantry_queue.transition_allowed(old_state text, new_state text) returns boolean
language sql immutable parallel safe as $$
  select new_state = any (case old_state
    when 'scheduled' then '{queued/admission,failed,canceled}'::text[]
    when 'deferred/dependency' then '{scheduled,queued/admission,failed,canceled}'::text[]
    when 'queued/admission' then '{queued/worker,failed,canceled}'::text[]
    when 'queued/worker' then '{deferred/backoff,deferred/paused,deferred/parked,started/agent,started/saving,failed,canceled}'::text[]
    when 'deferred/parked' then '{queued/admission,failed,canceled}'::text[]
    when 'deferred/backoff' then '{queued/worker,deferred/paused,deferred/parked,started/agent,started/saving,failed,canceled}'::text[]
    when 'deferred/paused' then '{queued/worker,deferred/backoff,deferred/parked,started/agent,started/saving,failed,canceled}'::text[]
    when 'started/agent' then '{queued/worker,deferred/backoff,deferred/paused,deferred/parked,started/saving,started/canceling,failed,canceled}'::text[]
    when 'started/saving' then '{queued/worker,deferred/backoff,deferred/paused,finished,failed,canceled}'::text[]
    when 'started/canceling' then '{canceled}'::text[]
    else '{}'::text[] end)
$$;

-- What the failure of a job has in common with others of the same cause: quoted values, and words with a digit in them
-- (ids, numbers, times, addresses), count as the same.
create or replace function pantry_queue.fingerprint_of(code text, message text) returns text
language sql immutable parallel safe as $$
  select lpad(to_hex(hashtextextended(
    coalesce(code, '') || ' ' || regexp_replace(regexp_replace(left(coalesce(message, ''), 500),
      '"[^"]*"|“[^”]*”|‘[^’]*’', '""', 'g'), '\S*\d\S*', '#', 'g'), 0)), 16, '0')
$$;

-- Also holds off a stray UPDATE by hand: a change of state that is not in the table is refused.
create or replace function pantry_queue.guard_job() returns trigger language plpgsql as $$
begin
  if not pantry_queue.transition_allowed(
    pantry_queue.state_of(old.status, old.phase), pantry_queue.state_of(new.status, new.phase)) then
    raise exception 'job % may not go from % to %', pantry_queue.job_id_of(new.kind, new.subject, new.generation),
      pantry_queue.state_of(old.status, old.phase), pantry_queue.state_of(new.status, new.phase)
      using errcode = 'PQ001';
  end if;
  new.state_since := now();
  if new.status = 'failed' then
    new.fingerprint := pantry_queue.fingerprint_of(coalesce(new.error_cause, new.error_code), new.error_message);
  end if;
  return new;
end $$;
create or replace trigger guard_job before update on pantry_queue.jobs for each row
  when (old.status is distinct from new.status or old.phase is distinct from new.phase)
  execute function pantry_queue.guard_job();
