-- The replaced system's two tables, exactly its columns: created where absent, adopted where they stand
-- (src/ledger/adopt.ts checks them first and names what is missing). Everything of ours is in schema pantry_queue.

create table if not exists public.receipts (
  id serial primary key,
  user_id integer not null,
  image_path varchar(500) not null,
  purchase_date date,
  status varchar(50) not null default 'uploaded',
  ocr_status varchar(50) not null default 'pending',
  merchant_name varchar(255),
  total_amount numeric(10,2),
  currency varchar(10) default 'VND',
  extraction_confidence numeric(4,3),
  extraction_errors text,
  ocr_text text,
  parsed_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create table if not exists public.receipt_items (
  id serial primary key,
  receipt_id integer not null references public.receipts (id) on delete cascade,
  item_name varchar(200) not null,
  quantity numeric(10,3),
  unit_price numeric(10,2),
  total_price numeric(10,2),
  currency varchar(10) default 'VND',
  confidence numeric(4,3)
);

create index if not exists pantry_receipts_user on public.receipts (user_id, id desc);
-- What `process all pending` reads, oldest first.
create index if not exists pantry_receipts_pending on public.receipts (user_id, id) where ocr_status = 'pending';
create index if not exists pantry_receipt_items_receipt on public.receipt_items (receipt_id);

-- One row: which ledger this is. A workflow carries the id, so that no other ledger's run is ever mistaken for ours.
create table pantry_queue.ledger (
  only_row boolean primary key default true check (only_row),
  ledger_id uuid not null default gen_random_uuid(),
  created_at timestamptz not null default now()
);
insert into pantry_queue.ledger default values;

-- One row: what holds for the whole queue.
create table pantry_queue.queue_state (
  only_row boolean primary key default true check (only_row),
  paused_at timestamptz,
  paused_by text,
  pause_reason text,
  -- Whose turn it was last: admission goes on behind this owner.
  turn_tenant text not null default '',
  turn_user integer not null default 0,
  -- Written by the sweep: live agent slots, and what finished jobs took lately, for the eta.
  agent_slots integer not null default 0,
  -- When a sweep last came by, and since when they come without a gap: after an outage of this database every living
  -- worker gets its chance to say so before it counts as lost.
  swept_at timestamptz not null default now(),
  steady_since timestamptz not null default now(),
  run_ms integer,
  engine_ok boolean,
  engine_since timestamptz
);
insert into pantry_queue.queue_state default values;

-- What we know of a receipt beside the replaced system's columns.
create table pantry_queue.receipt_state (
  receipt_id integer primary key references public.receipts (id) on delete cascade,
  tenant_id text not null default 'default',
  image_sha256 text,
  image_bytes integer,
  -- The generation whose result stands in the receipt.
  generation integer,
  result_hash text,
  needs_review boolean not null default false,
  review_reasons text[] not null default '{}',
  -- Field name -> {"by": "person" | "agent", "generation": n}: what a person set, no later reading overwrites.
  set_by jsonb not null default '{}',
  updated_at timestamptz not null default now()
);

create table pantry_queue.batches (
  batch_id text primary key,
  tenant_id text not null default 'default',
  user_id integer not null,
  total integer not null,
  queued integer not null,
  created_at timestamptz not null default now()
);

-- One row a generation. The row is its own outbox: what the gate must start, it finds here.
create table pantry_queue.jobs (
  job_no bigint generated always as identity primary key,
  tenant_id text not null default 'default',
  receipt_id integer not null,
  generation integer not null,
  user_id integer not null,
  batch_id text,
  image_path text not null,
  priority smallint not null default 3 check (priority in (1, 3, 5)),

  status text not null,
  phase text,
  state_since timestamptz not null default now(),
  created_at timestamptz not null default now(),
  run_at timestamptz,
  give_up_at timestamptz not null,
  admitted_at timestamptz,
  started_at timestamptz,
  ended_at timestamptz,
  cleared_at timestamptz,
  -- Past its retention: reply, events and result are gone, the row stays as the receipt's dedupe key.
  expired_at timestamptz,

  -- The engine's side: which run is current, and whether the engine has confirmed it.
  run_no integer not null default 1,
  handed_over_at timestamptz,
  start_claimed_at timestamptz,
  engine_checked_at timestamptz,

  -- The agent's side: the latest attempt, who makes it, and what is used up.
  attempt integer not null default 0,
  attempt_started_at timestamptz,
  worker_id text,
  attempts_charged integer not null default 0,
  attempts_lost integer not null default 0,
  next_attempt_at timestamptz,
  cancel_requested_at timestamptz,

  error_code text,
  error_message text,
  result jsonb,
  result_hash text,

  unique (receipt_id, generation)
);

-- One live generation a receipt.
create unique index jobs_live on pantry_queue.jobs (receipt_id)
  where status not in ('finished', 'failed', 'canceled');
-- Owners in turn, priority inside an owner; position is a range of it.
create index jobs_admission on pantry_queue.jobs (tenant_id, user_id, priority, job_no)
  where status = 'queued' and phase = 'admission';
-- In flight, and all the sweep looks at: as small as the gate's window.
create index jobs_in_engine on pantry_queue.jobs (engine_checked_at)
  where status = 'started' or (status = 'queued' and phase = 'worker')
     or (status = 'deferred' and phase <> 'dependency');
create index jobs_oldest_queued on pantry_queue.jobs (tenant_id, job_no) where status = 'queued';
create index jobs_give_up on pantry_queue.jobs (give_up_at) where status not in ('finished', 'failed', 'canceled');
create index jobs_batch on pantry_queue.jobs (batch_id) where batch_id is not null;
create index jobs_ended on pantry_queue.jobs (ended_at) where status in ('finished', 'failed', 'canceled');
create index jobs_to_expire on pantry_queue.jobs (status, ended_at)
  where status in ('finished', 'failed', 'canceled') and expired_at is null;

-- The agent's reply, stored as soon as it arrives and looked up before any further call: a reading is paid once.
create table pantry_queue.replies (
  receipt_id integer not null,
  generation integer not null,
  tenant_id text not null default 'default',
  run_no integer not null,
  attempt integer not null,
  body jsonb not null,
  sha256 text not null,
  agent_ms integer not null,
  stored_at timestamptz not null default now(),
  primary key (receipt_id, generation)
);

-- Facts, in the order of (xid, id): rows below pg_snapshot_xmin are final, so a reader skips none that commits late.
create table pantry_queue.events (
  id bigint generated always as identity,
  xid xid8 not null default pg_current_xact_id(),
  tenant_id text not null default 'default',
  receipt_id integer not null,
  generation integer not null,
  kind text not null,
  -- status/phase after the event; null where the event changed neither.
  state text,
  run_no integer,
  attempt integer,
  data jsonb,
  at timestamptz not null default clock_timestamp(),
  primary key (xid, id)
);
create index events_of_job on pantry_queue.events (receipt_id, generation, id);

-- What must be carried out in the engine, in order for each job.
create table pantry_queue.commands (
  id bigint generated always as identity primary key,
  tenant_id text not null default 'default',
  receipt_id integer not null,
  generation integer not null,
  kind text not null check (kind in ('cancel')),
  created_at timestamptz not null default now(),
  next_try_at timestamptz not null default now(),
  tries integer not null default 0,
  done_at timestamptz
);
create index commands_open on pantry_queue.commands (next_try_at) where done_at is null;

create table pantry_queue.workers (
  worker_id text primary key,
  name text not null,
  host text not null,
  pid integer not null,
  slots integer not null,
  running text[] not null default '{}',
  started_at timestamptz not null default now(),
  seen_at timestamptz not null default now()
);

-- Exact counts without counting: a row a (owner, status, error), spread over shards so that commits do not queue up
-- behind one row. user_id 0 is the tenant's total.
create table pantry_queue.counters (
  tenant_id text not null,
  user_id integer not null,
  status text not null,
  error_code text not null default '',
  shard smallint not null,
  n bigint not null,
  primary key (tenant_id, user_id, status, error_code, shard)
) with (fillfactor = 50);

-- Generated from TRANSITIONS in src/contract/job.ts; test/ledger/transitions.test.ts holds the two together.
create function pantry_queue.transition_allowed(old_state text, new_state text) returns boolean
language sql immutable parallel safe as $$
  select new_state = any (case old_state
    when 'scheduled' then '{queued/admission,failed,canceled}'::text[]
    when 'deferred/dependency' then '{queued/admission,failed,canceled}'::text[]
    when 'queued/admission' then '{queued/worker,failed,canceled}'::text[]
    when 'queued/worker' then '{deferred/parked,deferred/backoff,deferred/paused,started/agent,started/saving,failed,canceled}'::text[]
    when 'deferred/parked' then '{queued/worker,deferred/backoff,deferred/paused,started/agent,started/saving,failed,canceled}'::text[]
    when 'deferred/backoff' then '{queued/worker,deferred/parked,deferred/paused,started/agent,started/saving,failed,canceled}'::text[]
    when 'deferred/paused' then '{queued/worker,deferred/parked,deferred/backoff,started/agent,started/saving,failed,canceled}'::text[]
    when 'started/agent' then '{queued/worker,deferred/parked,deferred/backoff,deferred/paused,started/saving,started/canceling,failed,canceled}'::text[]
    when 'started/saving' then '{queued/worker,deferred/parked,deferred/backoff,deferred/paused,finished,failed,canceled}'::text[]
    when 'started/canceling' then '{canceled}'::text[]
    else '{}'::text[] end)
$$;

create function pantry_queue.state_of(status text, phase text) returns text
language sql immutable parallel safe as $$ select status || coalesce('/' || phase, '') $$;

-- The same words as generationIdOf in src/contract/job.ts.
create function pantry_queue.job_id_of(receipt_id integer, generation integer) returns text
language sql immutable parallel safe as $$
  select 'ocr-' || receipt_id || case generation when 1 then '' else '.' || generation end
$$;

-- Also holds off a stray UPDATE by hand: a change of state that is not in the table is refused.
create function pantry_queue.guard_job() returns trigger language plpgsql as $$
begin
  if not pantry_queue.transition_allowed(
    pantry_queue.state_of(old.status, old.phase), pantry_queue.state_of(new.status, new.phase)) then
    raise exception 'job % may not go from % to %', new.receipt_id,
      pantry_queue.state_of(old.status, old.phase), pantry_queue.state_of(new.status, new.phase)
      using errcode = 'PQ001';
  end if;
  new.state_since := now();
  return new;
end $$;
create trigger guard_job before update on pantry_queue.jobs for each row
  when (old.status is distinct from new.status or old.phase is distinct from new.phase)
  execute function pantry_queue.guard_job();

create function pantry_queue.refuse_new_job() returns trigger language plpgsql as $$
begin
  raise exception 'job % may not begin as %', new.receipt_id, pantry_queue.state_of(new.status, new.phase)
    using errcode = 'PQ001';
end $$;
create trigger guard_new_job before insert on pantry_queue.jobs for each row
  when (pantry_queue.state_of(new.status, new.phase) not in ('scheduled', 'deferred/dependency', 'queued/admission'))
  execute function pantry_queue.refuse_new_job();

-- Counters follow every statement that changes jobs, whoever wrote it. Rows are taken in the order of the key, so
-- two statements that meet in a shard wait and do not deadlock.
create function pantry_queue.add_to_counters(changes pantry_queue.counters[]) returns void language sql as $$
  insert into pantry_queue.counters as c (tenant_id, user_id, status, error_code, shard, n)
  select x.tenant_id, o.user_id, x.status, x.error_code, pg_backend_pid() % 16, sum(x.n)
  from unnest(changes) x cross join lateral (values (0), (x.user_id)) o (user_id)
  group by 1, 2, 3, 4 having sum(x.n) <> 0
  order by 1, 2, 3, 4
  on conflict (tenant_id, user_id, status, error_code, shard) do update set n = c.n + excluded.n
$$;

create function pantry_queue.count_jobs() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    perform pantry_queue.add_to_counters(array(
      select (tenant_id, user_id, status, '', 0, count(*))::pantry_queue.counters
      from new_jobs group by tenant_id, user_id, status));
  elsif tg_op = 'DELETE' then
    perform pantry_queue.add_to_counters(array(
      select (tenant_id, user_id, status, case status when 'failed' then coalesce(error_code, '') else '' end, 0,
              -count(*))::pantry_queue.counters
      from old_jobs group by tenant_id, user_id, status, error_code));
  elsif exists (select 1 from old_jobs o join new_jobs n using (job_no) where o.status <> n.status) then
    perform pantry_queue.add_to_counters(array(
      select (j.tenant_id, j.user_id, j.status, case j.status when 'failed' then coalesce(j.error_code, '') else '' end,
              0, j.n)::pantry_queue.counters
      from (
        select o.tenant_id, o.user_id, o.status, o.error_code, -1 as n
        from old_jobs o join new_jobs n using (job_no) where o.status <> n.status
        union all
        select n.tenant_id, n.user_id, n.status, n.error_code, 1
        from old_jobs o join new_jobs n using (job_no) where o.status <> n.status
      ) j));
  end if;
  return null;
end $$;
create trigger count_inserted after insert on pantry_queue.jobs
  referencing new table as new_jobs for each statement execute function pantry_queue.count_jobs();
create trigger count_updated after update on pantry_queue.jobs
  referencing old table as old_jobs new table as new_jobs for each statement execute function pantry_queue.count_jobs();
create trigger count_deleted after delete on pantry_queue.jobs
  referencing old table as old_jobs for each statement execute function pantry_queue.count_jobs();
