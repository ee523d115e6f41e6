-- What each process that holds a gate sees of the parts behind it. A row belongs to one process; what holds for the
-- whole queue is derived from the rows of those that are alive.
create table pantry_queue.gates (
  gate_id uuid primary key,
  name text not null,
  engine text check (engine in ('ok', 'down', 'misconfigured')),
  engine_since timestamptz,
  engine_cause text,
  -- Of processes that call the agent.
  agent text check (agent in ('ok', 'down')),
  agent_since timestamptz,
  agent_cause text,
  seen_at timestamptz not null default now()
) with (fillfactor = 50);

alter table pantry_queue.jobs
  -- The engine's own name of the run: what a cancel names, so that it never meets another run under the same id.
  add column engine_run_id text,
  -- A step of the workflow fails again and again: since when, and which. Such a job leaves the window.
  add column stuck_since timestamptz,
  add column stuck_cause text;

alter table pantry_queue.commands
  add column run_no integer,
  add column engine_run_id text;

-- Written by a sweep from the jobs and the gates, so that a status says why it waits at the cost of one row.
alter table pantry_queue.queue_state
  drop column engine_ok,
  add column engine text,
  add column agent text,
  add column agent_since timestamptz,
  add column window_size integer not null default 0,
  add column open_jobs integer not null default 0,
  add column paused_jobs integer not null default 0,
  add column backoff_jobs integer not null default 0;
