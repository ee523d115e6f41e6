-- The replaced system's two tables, exactly its columns: created where absent, adopted where they stand
-- (src/ledger/adoption/adopt.ts checks them first and names what is missing). Everything of ours is in schema pantry_queue.

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
-- What finds receipts by how their merchant's name begins. A receipt pays for it when it is read.
create index if not exists pantry_receipts_merchant on public.receipts (lower(merchant_name::text) text_pattern_ops, id)
  where merchant_name is not null;
create index if not exists pantry_receipt_items_receipt on public.receipt_items (receipt_id);

-- One row: which ledger this is. A workflow carries the id, so that no other ledger's run is ever mistaken for ours.
create table pantry_queue.ledger (
  only_row boolean primary key default true check (only_row),
  ledger_id uuid not null default gen_random_uuid(),
  -- Retention has removed events up to here: a cursor that lies before may have missed some.
  floor_epoch integer not null default 0,
  floor_xid xid8 not null default '0',
  floor_id bigint not null default 0,
  created_at timestamptz not null default now()
);
insert into pantry_queue.ledger default values;

-- Transaction ids begin low again where a dump was restored into another cluster. An epoch is the time that the ledger
-- spent in one cluster, and its events are those from `first_id` on: ids go on where the dump ended. The rows are
-- written by functions/epochs.sql; see docs/adr/0008-order-of-events.md.
create table pantry_queue.epochs (
  epoch integer primary key,
  -- The cluster and its timeline; null where the server does not tell.
  cluster text,
  first_id bigint not null,
  -- No event of this epoch was written by an earlier transaction, and none of the epochs before by a later one.
  first_xid xid8 not null,
  prior_xid xid8 not null,
  began_at timestamptz not null default now()
);

-- Which tenants a role of another program may queue for by SQL (functions/callers.sql); one without a row here may for
-- `default`. A row for a group holds for its members.
create table pantry_queue.sql_callers (
  role_name name not null,
  tenant_id text not null,
  primary key (role_name, tenant_id)
);

-- What every process of one queue must be set to alike. The first one to start writes it down; one that differs would
-- hand jobs to nobody, or look for images where none are, so it refuses to start.
create table pantry_queue.shared_settings (
  name text primary key,
  value text not null,
  -- As the operator wrote it, where the value is an identity: the image folder.
  shown text not null,
  set_at timestamptz not null default now()
);

-- One row: what holds for the whole queue.
create table pantry_queue.queue_state (
  only_row boolean primary key default true check (only_row),
  -- Whose turn it was last: admission goes on behind this owner.
  turn_tenant text not null default '',
  turn_user bigint not null default 0,
  -- When a sweep last came by, and since when they come without a gap: after an outage of this database every living
  -- worker gets its chance to say so before it counts as lost.
  swept_at timestamptz not null default now(),
  steady_since timestamptz not null default now(),
  -- How far the slow walk over all jobs has come, which finds what no trigger told.
  walked_job_no bigint not null default 0,
  -- Written by a sweep from the jobs and the gates, so that a status says why it waits at the cost of one row.
  agent_slots integer not null default 0,
  workflow_workers integer not null default 0,
  avg_run_ms integer,
  window_size integer not null default 0,
  open_jobs integer not null default 0,
  paused_jobs integer not null default 0,
  backoff_jobs integer not null default 0,
  engine text,
  engine_since timestamptz,
  agent text,
  agent_since timestamptz,
  -- The oldest transaction of anybody that keeps events from being final and dead rows from being cleared.
  held_since timestamptz,
  held_by text,
  -- Does the server show us the transactions of other roles? Null: nobody has looked yet.
  sees_others boolean
);
insert into pantry_queue.queue_state default values;

-- Limits are numbers: who sets one (an operator, a pause, a budget) writes it here with a reason, and admission reads
-- the numbers alone. A cap counts all jobs of its scope together, and every cap that covers a job holds for it.
create table pantry_queue.caps (
  cap_no bigint generated always as identity primary key,
  -- Null = all tenants, all users, all kinds. Requests read what holds for all tenants, and do not write it.
  tenant_id text,
  user_id bigint,
  kind text,
  -- Null = no limit. In flight are jobs that take a place in the window (`active`); at 0 no call of the agent begins.
  in_flight integer check (in_flight >= 0),
  queued integer check (queued >= 0),
  per_minute integer check (per_minute >= 0),
  -- A code, one for each writer, so that no writer overwrites the number of another.
  reason text not null,
  set_by text,
  note text,
  since timestamptz not null default now(),
  -- Jobs accepted under `per_minute`, and when that minute began: functions/enqueue-limits.sql.
  minute_began timestamptz,
  minute_used integer not null default 0,
  unique nulls not distinct (tenant_id, user_id, kind, reason),
  -- Waiting jobs are counted by owner, all kinds together.
  check (kind is null or queued is null)
);
-- `cap_no >= 1` for the one statement that lists: chosen in admission, this index reads all caps of a tenant for each lane.
create index caps_listed on pantry_queue.caps (tenant_id, cap_no) where cap_no >= 1;
-- Asked at every enqueue: does this tenant limit what it accepts?
create index caps_enqueue on pantry_queue.caps (tenant_id, user_id) where queued is not null or per_minute is not null;
-- What holds jobs up altogether, widest first. `cap_no > 0` as `generation > 0` below: for the one statement that says so.
create index caps_holding on pantry_queue.caps (tenant_id, user_id nulls first, since) where in_flight = 0 and cap_no > 0;

-- One row: what the breaker of the agent goes by. Whether it is open, why and since when, is its cap: the row of `caps`
-- for all tenants with one of its reasons (functions/breaker.sql).
create table pantry_queue.breaker (
  only_row boolean primary key default true check (only_row),
  -- The error that the latest attempts met, in a row, and the jobs that did: an error counts once a job.
  same_error text,
  same_jobs bigint[] not null default '{}',
  -- Null while it is closed. At a cap of 0 no probe is made before; at a higher one the lease of those that it lets begin.
  next_probe_at timestamptz,
  -- Probes that failed since a job last got its reply: the pause grows with them.
  failed_probes integer not null default 0,
  -- Replies since the cap was last raised.
  replies integer not null default 0,
  -- Of the health check: when a process last asked, and when the agent answered since the breaker opened.
  asked_at timestamptz not null default now(),
  answered_at timestamptz
);
insert into pantry_queue.breaker default values;

-- What we know of a receipt beside the replaced system's columns: one row for each, however it was inserted
-- (functions/receipts.sql). It is deleted with its receipt, which is how the queue hears of that.
create table pantry_queue.receipt_state (
  receipt_id bigint primary key references public.receipts (id) on delete cascade,
  tenant_id text not null default 'default',
  image_sha256 text,
  image_bytes integer,
  -- The user of whom this is the first receipt with its image; null where another is, or where nobody uploaded it here.
  first_for bigint,
  -- Receipts that look like the same purchase and are not, says a person.
  distinct_from bigint[] not null default '{}',
  -- The generation whose result stands in the receipt.
  result_generation integer,
  result_hash text,
  -- Does a person have to look, and how did that end? Null: nothing was in doubt. Expired: nobody came, so it still is.
  review text check (review in ('open', 'corrected', 'accepted', 'rejected', 'expired')),
  needs_review boolean not null generated always as (coalesce(review in ('open', 'expired'), false)) stored,
  -- As src/contract/review-reasons.ts says.
  review_reasons jsonb not null default '[]',
  -- Since when and of whom the latest review is, and who ended it: {"by", "user", "at", "because"}.
  review_since timestamptz,
  review_user bigint,
  review_ended jsonb,
  -- Field -> {"by", "user", "at", "generation", "read"}: what somebody has said, no later reading overwrites; `read` is
  -- what the latest reading says instead.
  set_by jsonb not null default '{}',
  -- Raised by every reading and every word of a person; who writes says which one they have seen.
  version integer not null default 0,
  -- The latest changes of what was there already, oldest first.
  changes jsonb not null default '[]',
  updated_at timestamptz not null default now(),
  check (review is distinct from 'open' or (review_since is not null and review_user is not null))
);
create index receipts_in_review on pantry_queue.receipt_state (tenant_id, review_since, receipt_id)
  where review = 'open';
create index receipts_in_review_of_user on pantry_queue.receipt_state (tenant_id, review_user, review_since, receipt_id)
  where review = 'open';
create index receipts_in_review_by_age on pantry_queue.receipt_state (review_since) where review = 'open';

-- One user's upload of the same bytes finds the first receipt of them, and two at once make one.
create unique index receipt_state_first on pantry_queue.receipt_state (tenant_id, first_for, image_sha256)
  where first_for is not null;

-- What searches and sums read of a receipt, one row for each: an adopted table may lack every index. The triggers of
-- functions/facts.sql keep it, however the receipt is written.
create table pantry_queue.receipt_facts (
  receipt_id bigint primary key references public.receipts (id) on delete cascade,
  tenant_id text not null,
  user_id bigint not null,
  -- '-infinity' = no day is known: null has no place in an order.
  day date not null,
  merchant text not null,
  -- The same for every spelling of one name; '' = no merchant is known.
  merchant_key text not null,
  total_amount numeric,
  currency text not null
);
-- Newest first, and what one user spent in a time.
create index receipt_facts_day on pantry_queue.receipt_facts (tenant_id, user_id, day, receipt_id);
-- The merchants of a user, and receipts that look like another.
create index receipt_facts_merchant on pantry_queue.receipt_facts (tenant_id, user_id, merchant_key, day, total_amount, currency);

insert into pantry_queue.receipt_state (receipt_id) select id from public.receipts;

-- Subjects that were deleted, until a sweep has ended their jobs and removed what was read in them.
create table pantry_queue.tombstones (
  id bigint generated always as identity primary key,
  kind text not null,
  subject bigint not null,
  tenant_id text not null,
  -- Its jobs are those up to this one: later ones belong to the receipt that has the id next.
  job_no bigint not null,
  -- What its kind puts back when the very same subject is restored: of `ocr`, the row of receipt_state.
  state jsonb,
  created_at timestamptz not null default clock_timestamp()
);

-- A call whose answer was lost is sent again under the same key, and must not be done a second time. The row commits
-- with what was accepted. No reference to a receipt: a key also remembers one that was deleted.
create table pantry_queue.idempotency_keys (
  tenant_id text not null,
  user_id bigint not null,
  key text not null,
  -- Of all that was asked for: the same key with anything else is a mistake of the caller.
  fingerprint text not null,
  -- What an upload has become; of every other call the answer.
  receipt_id bigint,
  answer jsonb,
  created_at timestamptz not null default now(),
  primary key (tenant_id, user_id, key)
);
create index idempotency_keys_created on pantry_queue.idempotency_keys (created_at);
create index idempotency_keys_receipt on pantry_queue.idempotency_keys (receipt_id);

-- Images of deleted receipts, until a round has removed those that no other receipt names.
create table pantry_queue.image_removals (
  tenant_id text not null,
  image_path text not null,
  next_try_at timestamptz not null default now(),
  primary key (tenant_id, image_path)
);
create index image_removals_due on pantry_queue.image_removals (next_try_at);

-- Jobs that were accepted together. Its members stand here and not in rows of their own, of which one call would write
-- ten thousand: the new ones are the jobs of a range that carry its id, the others jobs that were there already.
create table pantry_queue.batches (
  batch_id text primary key,
  batch_no bigint generated always as identity,
  tenant_id text not null default 'default',
  user_id bigint not null,
  total integer not null,
  queued integer not null,
  first_job_no bigint,
  last_job_no bigint,
  others bigint[] not null default '{}',
  created_at timestamptz not null default now(),
  -- A member that lived when a round last looked. Members above it had ended then; null = none was looked at.
  waits_for bigint,
  -- When all members had ended for the first time, how, and which event told of it. None of these changes again.
  ended_at timestamptz,
  ended_as jsonb,
  event_xid xid8,
  event_id bigint,
  -- Past its retention: the event of its end is gone.
  expired_at timestamptz,
  -- The schedule that made it, by its name.
  schedule text
);
-- `batch_no > 0` for the one statement that lists: chosen for one batch by its id, it reads all of a tenant.
create index batches_of_tenant on pantry_queue.batches (tenant_id, batch_no) where batch_no > 0;
-- The user first: beginning with the tenant it would be a candidate for the list of everybody, and be sorted.
create index batches_of_user on pantry_queue.batches (user_id, tenant_id, batch_no);
create index batches_of_schedule on pantry_queue.batches (tenant_id, schedule, batch_no) where schedule is not null;
create index batches_open on pantry_queue.batches (batch_no) where ended_at is null;
create index batches_to_expire on pantry_queue.batches (ended_at) where ended_at is not null and expired_at is null;

-- One row a generation. The row is its own outbox: what the gate must start, it finds here.
create table pantry_queue.jobs (
  job_no bigint generated always as identity primary key,
  tenant_id text not null default 'default',
  -- What is done, about what: `ocr` of the receipt with this id.
  kind text not null,
  subject bigint not null,
  generation integer not null,
  user_id bigint not null,
  batch_id text,
  priority smallint not null default 3 check (priority in (1, 3, 5)),
  -- What the job was made of, in its kind's own words; of `ocr`, the receipt's image and row.
  params jsonb not null default '{}',

  status text not null,
  phase text,
  live boolean not null generated always as (status not in ('finished', 'failed', 'canceled')) stored,
  -- Open in the engine, or on its way there.
  in_engine boolean not null generated always as (
    case status when 'started' then true when 'queued' then phase = 'worker'
    when 'deferred' then phase not in ('dependency', 'parked') else false end) stored,
  -- Takes a place in the gate's window. Not: back-off, what a cap or a person has paused in the engine, and what is stuck
  -- there: an owner who is paused must not keep others waiting.
  active boolean not null generated always as (
    stuck_since is null and (status = 'started' or (status = 'queued' and phase = 'worker'))) stored,
  state_since timestamptz not null default now(),
  created_at timestamptz not null default now(),
  -- Starts no sooner.
  run_at timestamptz,
  give_up_at timestamptz not null,
  admitted_at timestamptz,
  started_at timestamptz,
  ended_at timestamptz,
  -- A later generation exists. Counts are of the latest one.
  superseded boolean not null default false,
  -- A person has cleared the failure: it is out of the counts and lists, and its row stays.
  cleared_at timestamptz,
  -- Past its retention: reply, events and result are gone, the row stays as the subject's dedupe key.
  expired_at timestamptz,
  -- The receipt was deleted: reply, result and image key are gone, the job answers for no receipt any more.
  orphaned_at timestamptz,

  -- The engine's side: which run is current, and whether the engine has confirmed it.
  run_no integer not null default 1,
  handed_over_at timestamptz,
  start_claimed_at timestamptz,
  engine_checked_at timestamptz,
  -- The engine's own name of the run: what a cancel names, so that it never meets another run under the same id.
  engine_run_id text,
  -- A step of the workflow fails again and again: since when, and which. Such a job leaves the window.
  stuck_since timestamptz,
  stuck_cause text,

  -- The agent's side: the latest attempt, who makes it, and what is used up.
  attempt integer not null default 0,
  attempt_started_at timestamptz,
  worker_id text,
  attempts_charged integer not null default 0,
  attempts_lost integer not null default 0,
  next_attempt_at timestamptz,
  cancel_requested_at timestamptz,
  cancel_requested_by bigint,

  error_code text,
  error_message text,
  -- Where all attempts failed: the code with which the last one did.
  error_cause text,
  -- Of a failed job: its cause. Set where it fails (functions/transitions.sql), so that an enqueue does not pay for it.
  fingerprint text,
  result jsonb,
  result_hash text,

  -- The number first: it is compared first, and tells rows apart at once.
  unique (subject, kind, generation),
  -- One live generation a subject: a later one marks all before it, and is refused where one of them lives.
  constraint one_live_generation check (not (superseded and status not in ('finished', 'failed', 'canceled')))
);

-- Owners in turn, the kinds of an owner in turn, priority inside a kind; position is a range of it.
create index jobs_admission on pantry_queue.jobs (tenant_id, user_id, kind, priority, job_no)
  where status = 'queued' and phase = 'admission';
-- In flight, and all the sweep looks at: as small as the gate's window.
create index jobs_in_engine on pantry_queue.jobs (engine_checked_at) where in_engine;
-- Those that have lived longest: what has waited longest, and whose time is up.
-- A database whose statistics are young or stale (a first batch, a large one) plans by guesses, and every index whose
-- condition a statement meets is a candidate: this one was taken for counting who goes first, and read a whole backlog
-- for it. `generation > 0` holds for every job: only the statement that says it may use this.
create index jobs_longest on pantry_queue.jobs (tenant_id, status, give_up_at) where live and generation > 0;
create index jobs_ended on pantry_queue.jobs (ended_at) where not live;
-- What lists of ended jobs walk, newest first: of a tenant, of a user, and by the time of their end. A job pays for them
-- when it ends, and its enqueue nothing. They hold what lists show: no job that was cleared, or whose subject is gone.
-- `generation > 0`, which holds for every job, keeps those of the whole tenant from being taken for one user's.
create index jobs_ended_newest on pantry_queue.jobs (tenant_id, status, job_no)
  where not live and not superseded and cleared_at is null and orphaned_at is null and generation > 0;
create index jobs_ended_of_user on pantry_queue.jobs (tenant_id, user_id, status, job_no)
  where not live and not superseded and cleared_at is null and orphaned_at is null;
create index jobs_ended_at on pantry_queue.jobs (tenant_id, status, ended_at, job_no)
  where not live and not superseded and cleared_at is null and orphaned_at is null and generation > 0;
create index jobs_cleared on pantry_queue.jobs (tenant_id, job_no) where cleared_at is not null;
-- What waits for a time or for other jobs.
create index jobs_set_aside on pantry_queue.jobs (tenant_id, job_no)
  where status = 'scheduled' or phase = 'dependency';
-- Those whose time comes next, of everybody.
create index jobs_scheduled on pantry_queue.jobs (run_at) where status = 'scheduled';
-- What waits for the agent to recover, outside of the engine: as few as were in there when the breaker opened.
create index jobs_parked on pantry_queue.jobs (tenant_id, state_since) where phase = 'parked';
-- Failures by code, and by cause: the latest of them, of all and of a user.
create index jobs_failed_with on pantry_queue.jobs (tenant_id, error_code, job_no)
  where status = 'failed' and not superseded and cleared_at is null and orphaned_at is null;
create index jobs_failed_by on pantry_queue.jobs (tenant_id, fingerprint, ended_at, job_no)
  where status = 'failed' and not superseded and cleared_at is null and orphaned_at is null and generation > 0;
create index jobs_failed_of_user_by on pantry_queue.jobs (tenant_id, user_id, fingerprint, ended_at, job_no)
  where status = 'failed' and not superseded and cleared_at is null and orphaned_at is null;
create index jobs_to_expire on pantry_queue.jobs (status, ended_at) where not live and expired_at is null;

-- What a job in `deferred/dependency` still waits for: a row goes when its parent has ended, and all of them with the
-- wait. Rows lead from a job to jobs that were there before it, so no circle can come about.
create table pantry_queue.dependencies (
  job_no bigint not null,
  -- An exact generation.
  parent_no bigint not null,
  tenant_id text not null default 'default',
  on_parent_failure text not null check (on_parent_failure in ('run', 'cancel', 'fail')),
  -- Set by the statement that ends the parent; a round does the rest (src/ledger/enqueue/dependencies.ts).
  parent_ended boolean not null default false,
  primary key (job_no, parent_no)
);
create index dependencies_of_parent on pantry_queue.dependencies (parent_no) where not parent_ended;
create index dependencies_to_settle on pantry_queue.dependencies (job_no) where parent_ended;

-- The agent's reply as it came, bytes and not what was made of them; stored as soon as it arrives and looked up before
-- any further call: a reading is paid once.
create table pantry_queue.replies (
  job_no bigint primary key,
  tenant_id text not null default 'default',
  run_no integer not null,
  attempt integer not null,
  raw bytea not null,
  sha256 text not null,
  agent_ms integer not null,
  -- The code with which it was refused as none for its subject. It is kept for the operator until a usable one comes.
  refused text,
  stored_at timestamptz not null default now()
);

-- Calls of the agent that were answered, whether or not the answer was a reply: what the bill is made of. A row stays as
-- long as its job's does, also when the receipt is deleted; it says nothing that was read.
create table pantry_queue.paid_calls (
  job_no bigint not null,
  attempt integer not null,
  tenant_id text not null,
  user_id bigint not null,
  -- Null: neither the agent nor a price says what it cost.
  cost numeric check (cost >= 0),
  currency text,
  model text,
  -- The agent named a cost that could not be read.
  cost_unread boolean not null default false,
  at timestamptz not null default clock_timestamp(),
  -- It is in `costs`.
  counted boolean not null default false,
  primary key (job_no, attempt),
  check ((cost is null) = (currency is null))
);
create index paid_calls_uncounted on pantry_queue.paid_calls (tenant_id, user_id) where not counted;

-- Sums of the paid calls of each owner (user_id 0: of the tenant), by UTC day, and by quarter of an hour, which is what
-- days of every time zone are made of. A round folds calls in; the sum of both is exact at every moment.
create table pantry_queue.costs (
  tenant_id text not null,
  user_id bigint not null,
  step text not null check (step in ('quarter', 'day')),
  -- When the span begins.
  at timestamptz not null,
  -- Empty: of calls whose cost is not known.
  currency text not null,
  model text not null,
  amount numeric not null,
  calls bigint not null,
  primary key (tenant_id, step, user_id, at, currency, model)
) with (fillfactor = 70);
-- `calls > 0` for the one statement that forgets: chosen for the sums of one owner, it reads those of all owners.
create index costs_old on pantry_queue.costs (at) where step = 'quarter' and calls > 0;

-- What an owner (user_id null: the whole tenant) may spend in a day or a month of a time zone. Every paid call adds to
-- `spent` in its own commit, and the one that uses a budget up writes a cap (functions/budgets.sql).
create table pantry_queue.budgets (
  budget_no bigint generated always as identity primary key,
  tenant_id text not null,
  user_id bigint,
  currency text not null,
  period text not null check (period in ('day', 'month')),
  time_zone text not null,
  amount numeric not null check (amount >= 0),
  -- In the period from `begins_at` to `ends_at`, which is that of the latest call, or of the latest change.
  spent numeric not null default 0,
  begins_at timestamptz not null,
  ends_at timestamptz not null,
  exhausted boolean not null generated always as (spent >= amount) stored,
  set_by text not null,
  set_at timestamptz not null default now(),
  -- 0: the whole tenant. "is not distinct from" would read all budgets of the tenant.
  of_user bigint not null generated always as (coalesce(user_id, 0)) stored,
  unique (tenant_id, of_user, currency, period)
);
create index budgets_exhausted on pantry_queue.budgets (ends_at) where exhausted;

-- Facts, in the order of (epoch, xid, id): rows of the present epoch below pg_snapshot_xmin are final, so a reader skips
-- none that commits late. The epoch is no column: it follows from the id.
create table pantry_queue.events (
  id bigint generated always as identity,
  xid xid8 not null default pg_current_xact_id(),
  -- Null: of the batch as a whole.
  job_no bigint,
  -- Whose, so that a reader needs no job to filter by.
  tenant_id text not null default 'default',
  user_id bigint not null,
  batch_id text,
  kind text not null,
  -- status/phase after the event; null where the event changed neither.
  state text,
  run_no integer,
  attempt integer,
  data jsonb,
  at timestamptz not null default clock_timestamp(),
  primary key (xid, id)
);
create index events_of_job on pantry_queue.events (job_no, id);
-- What a batch tells: the ends of its members, and its own.
create index events_of_batch on pantry_queue.events (batch_id, xid, id)
  where batch_id is not null and kind in ('finished', 'failed', 'canceled', 'batch_finished');

-- What no job and no batch takes along: removed by its age. The condition that a job's event meets is asked first.
create index events_aged on pantry_queue.events (at) where job_no is null and kind <> 'batch_finished';

-- When what is pending is accepted by itself. A timer is a row: the commit that fires it accepts its jobs and moves it on.
create table pantry_queue.schedules (
  schedule_no bigint generated always as identity primary key,
  tenant_id text not null,
  name text not null,
  -- Whose subjects; null = of everybody in the tenant.
  user_id bigint,
  kind text not null,
  cron text not null,
  time_zone text not null,
  priority smallint not null check (priority in (1, 3, 5)),
  overlap text not null check (overlap in ('skip', 'buffer_one', 'allow_all')),
  paused_at timestamptz,
  paused_by text,
  pause_note text,
  -- The next time of `cron`; null while paused, and when there is none.
  next_at timestamptz,
  -- A time that was due and has made no run yet: the run before had not ended, or it was refused and is tried again.
  pending_for timestamptz,
  -- When a round looks at it: at the next time, or earlier for what is pending.
  wake_at timestamptz,
  -- What became of the latest time, as its event tells it.
  last_at timestamptz,
  last_outcome text,
  last_batch_id text,
  last_run jsonb,
  -- Refused in a row.
  failures integer not null default 0,
  failing_since timestamptz,
  created_by bigint not null,
  created_at timestamptz not null default now(),
  unique (tenant_id, name)
);
create index schedules_due on pantry_queue.schedules (wake_at) where wake_at is not null;
-- `schedule_no > 0` for lists and counts: chosen for one schedule by its name, it reads all of a tenant.
create index schedules_of_tenant on pantry_queue.schedules (tenant_id, schedule_no) where schedule_no > 0;
create index schedules_of_user on pantry_queue.schedules (user_id, tenant_id, schedule_no);
create index schedules_failing on pantry_queue.schedules (tenant_id, failing_since) where failing_since is not null;

-- Where events are sent to. Secrets stand here as they are: docs/adr/0014-webhooks.md says why.
create table pantry_queue.webhooks (
  webhook_no bigint generated always as identity primary key,
  webhook_id text not null unique,
  tenant_id text not null,
  -- Whose events; 0 = everybody's in the tenant, and what is about the tenant as a whole.
  user_id bigint not null,
  url text not null,
  -- Types, as webhooks call them.
  events text[] not null,
  description text,
  secret text not null,
  -- The one before it, with which messages are signed as well up to that time.
  old_secret text,
  old_secret_until timestamptz,
  -- disabled: its endpoint has said that it is gone; no further deliveries are made.
  status text not null default 'active' check (status in ('active', 'paused', 'disabled')),
  status_since timestamptz not null default now(),
  status_by text,
  -- It is told of events from here on: what was under way when it was made, and everything later.
  since_epoch integer not null,
  since_xid xid8 not null,
  -- When a sender looks at it; null while it is not active, and when nothing waits.
  wake_at timestamptz check (wake_at is null or (status = 'active' and deleted_at is null)),
  -- It is not called before: it asked to wait, or has failed again and again.
  hold_until timestamptz,
  -- Attempts that failed in a row, whatever the delivery.
  failures integer not null default 0,
  failing_since timestamptz,
  last_error text,
  last_success_at timestamptz,
  created_by bigint not null,
  created_at timestamptz not null default now(),
  -- Its deliveries are removed slice by slice, the row with the last of them.
  deleted_at timestamptz
) with (fillfactor = 70);
-- Each of these holds for every webhook that is not deleted, and is taken by the statement that says its last condition:
-- chosen for one webhook by its id, it reads all of a tenant.
create unique index webhooks_of_url on pantry_queue.webhooks (url, user_id, tenant_id) where deleted_at is null and user_id >= 0;
create index webhooks_of_user on pantry_queue.webhooks (user_id, tenant_id, webhook_no) where deleted_at is null and webhook_no > 0;
create index webhooks_of_tenant on pantry_queue.webhooks (tenant_id, webhook_no) where deleted_at is null and webhook_no >= 1;
create index webhooks_due on pantry_queue.webhooks (wake_at) where wake_at is not null;
create index webhooks_since on pantry_queue.webhooks (since_epoch, since_xid)
  where deleted_at is null and status <> 'disabled';
create index webhooks_failing on pantry_queue.webhooks (tenant_id, failing_since)
  where deleted_at is null and failing_since is not null;
create index webhooks_deleted on pantry_queue.webhooks (webhook_no) where deleted_at is not null;
create index webhooks_old_secret on pantry_queue.webhooks (old_secret_until) where old_secret_until is not null;

-- Keys of callers. Of a key stands here its visible beginning and a digest of the rest: 256 random bits cannot be guessed
-- from a fast digest, as a password could.
create table pantry_queue.api_keys (
  key_no bigint generated always as identity primary key,
  -- What a key begins with: pq_5f0c1e9a7b32.
  key_id text not null unique,
  tenant_id text not null,
  -- Who calls with it.
  user_id bigint not null,
  name text not null,
  scopes text[] not null,
  secret_sha256 bytea not null,
  created_by text not null,
  created_at timestamptz not null default now(),
  last_used_at timestamptz,
  -- The next key of its name was made; this one expires soon after.
  replaced_at timestamptz,
  expires_at timestamptz,
  revoked_at timestamptz,
  revoked_by text,
  check (replaced_at is null or expires_at is not null)
) with (fillfactor = 70);
-- Two keys of a name: the current one, and the one before it until it expires or is revoked.
create unique index api_keys_current on pantry_queue.api_keys (name, user_id, tenant_id)
  where revoked_at is null and replaced_at is null;
create unique index api_keys_replaced on pantry_queue.api_keys (name, user_id, tenant_id)
  where revoked_at is null and replaced_at is not null;
-- What lists walk.
create index api_keys_of_user on pantry_queue.api_keys (user_id, tenant_id, key_no) where key_no > 0;
create index api_keys_of_tenant on pantry_queue.api_keys (tenant_id, key_no) where key_no >= 1;
create index api_keys_ended on pantry_queue.api_keys (tenant_id, least(revoked_at, expires_at))
  where least(revoked_at, expires_at) is not null;

-- Browsers that a person has signed in with a key. A session may do what its key may, and ends with it.
create table pantry_queue.sessions (
  -- What its cookie begins with: ps_5f0c1e9a7b32.
  session_id text primary key,
  tenant_id text not null,
  key_no bigint not null references pantry_queue.api_keys on delete cascade,
  secret_sha256 bytea not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index sessions_of_key on pantry_queue.sessions (key_no, created_at);

-- What is sent to one webhook: a row for each event, made when the event has become final. A timer is a row.
create table pantry_queue.deliveries (
  delivery_no bigint generated always as identity primary key,
  webhook_no bigint not null,
  tenant_id text not null,
  -- The header webhook-id: the id of the event, the same at each try.
  message_id text not null,
  type text not null,
  -- The bytes that are signed and sent.
  body text not null,
  created_at timestamptz not null default now(),
  tries integer not null default 0,
  tried_at timestamptz,
  -- A try is under way, and counts as lost at `next_try_at`.
  sending boolean not null default false,
  next_try_at timestamptz default now(),
  give_up_at timestamptz not null,
  -- Of the latest try.
  http_status integer,
  error text,
  ms integer,
  -- The beginning of the answer, for the webhook's owner.
  answer text,
  outcome text not null default 'open' check (outcome in ('open', 'delivered', 'failed')),
  ended_at timestamptz,
  unique (message_id, webhook_no),
  check ((outcome = 'open') = (ended_at is null) and (outcome = 'open') = (next_try_at is not null)),
  check (outcome = 'open' or not sending)
);
create index deliveries_due on pantry_queue.deliveries (webhook_no, next_try_at) where outcome = 'open';
create index deliveries_sending on pantry_queue.deliveries (webhook_no) where sending;
create index deliveries_to_give_up on pantry_queue.deliveries (give_up_at) where outcome = 'open';
create index deliveries_ended on pantry_queue.deliveries (ended_at) where outcome <> 'open';
create index deliveries_failed on pantry_queue.deliveries (webhook_no, ended_at) where outcome = 'failed';
-- What lists walk, newest first; `delivery_no > 0` for the one statement that lists.
create index deliveries_of_webhook on pantry_queue.deliveries (webhook_no, delivery_no) where delivery_no > 0;
create index deliveries_by_outcome on pantry_queue.deliveries (webhook_no, outcome, delivery_no) where delivery_no > 0;

-- One row: the last event that deliveries were made of. It moves in the commit that makes them.
create table pantry_queue.webhook_place (
  only_row boolean primary key default true check (only_row),
  epoch integer not null default 1,
  xid xid8 not null default '0',
  id bigint not null default 0
);
insert into pantry_queue.webhook_place default values;

-- What must be carried out in the engine, in order for each job.
create table pantry_queue.commands (
  id bigint generated always as identity primary key,
  job_no bigint not null,
  tenant_id text not null default 'default',
  kind text not null check (kind in ('cancel')),
  run_no integer not null,
  engine_run_id text,
  created_at timestamptz not null default now(),
  next_try_at timestamptz not null default now(),
  tries integer not null default 0,
  done_at timestamptz
);
create index commands_open on pantry_queue.commands (next_try_at) where done_at is null;

-- One row: what this queue signs with. Rows of it are shown at no door; who knows it could confirm for anybody.
create table pantry_queue.secrets (
  only_row boolean primary key default true check (only_row),
  -- 244 random bits; an extension would be needed for more.
  confirm_key bytea not null default decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex')
);
insert into pantry_queue.secrets default values;

-- One action of a person over many jobs, carried out in slices by any process (src/ledger/bulks/bulk-slice.ts).
create table pantry_queue.bulks (
  bulk_no bigint generated always as identity primary key,
  -- Made by the preview, so that a confirmation that comes twice is one bulk.
  bulk_id text not null unique,
  tenant_id text not null,
  -- Who asked for it, and whose jobs it may touch (null: anybody's in the tenant).
  user_id bigint not null,
  only_user bigint,
  operation text not null,
  -- What was asked, and for whom later readers care: the filter, `priority` of a redrive.
  filter jsonb not null,
  priority smallint,
  -- The snapshot in which the preview saw its jobs; null of a restore, whose jobs are those of another bulk.
  boundary text,
  restores bigint unique,
  -- As many as the preview promised; `outcomes` is what became of them, by `done`, `skipped/<why>`, `failed/<code>`.
  total integer not null,
  outcomes jsonb not null default '{}',
  rate_per_minute integer,
  -- No slice before.
  next_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  ended_at timestamptz
);
create index bulks_open on pantry_queue.bulks (next_at) where ended_at is null;
-- The latest clearing of a user.
create index bulks_clearings on pantry_queue.bulks (tenant_id, user_id, bulk_no) where operation = 'clear_failed_jobs';
create index bulks_ended on pantry_queue.bulks (ended_at) where ended_at is not null;

-- The jobs of a bulk, chosen when it was confirmed. No reference to it: checking ten thousand would cost as much as
-- their rows.
create table pantry_queue.bulk_jobs (
  bulk_no bigint not null,
  tenant_id text not null,
  job_no bigint not null,
  -- Null = not done yet.
  outcome text,
  primary key (bulk_no, job_no)
);
create index bulk_jobs_open on pantry_queue.bulk_jobs (bulk_no, job_no) where outcome is null;

create table pantry_queue.workers (
  worker_id text primary key,
  name text not null,
  host text not null,
  pid integer not null,
  role text not null check (role in ('all', 'workflow', 'agent')),
  -- Calls of the agent at once; 0 of one that only runs workflows.
  slots integer not null,
  version text not null,
  -- Where Temporal tells the versions of workers apart.
  build_id text,
  running text[] not null default '{}',
  -- It begins nothing more, and ends or hands back what it has.
  stopping_since timestamptz,
  started_at timestamptz not null default now(),
  seen_at timestamptz not null default now()
);

-- What each process that holds a gate sees of the parts behind it. A row belongs to one process; what holds for the
-- whole queue is derived from the rows of those that are alive.
-- Namespaces of Temporal that the queue has moved away from, by the id that their server gave them. A process that still
-- sees one of them hands nothing over.
create table pantry_queue.left_engines (
  namespace_id text primary key,
  moved_to_address text not null,
  moved_to_namespace text not null,
  left_at timestamptz not null default now()
);

create table pantry_queue.gates (
  gate_id uuid primary key,
  name text not null,
  engine text check (engine in ('ok', 'down', 'misconfigured')),
  engine_since timestamptz,
  engine_cause text,
  engine_hint text,
  -- Of the namespace that it reaches: another server, another id.
  engine_id text,
  -- Of processes that call the agent.
  agent text check (agent in ('ok', 'down')),
  agent_since timestamptz,
  agent_cause text,
  -- Its round that has been overdue for longest, and since when.
  late_round text,
  late_since timestamptz,
  seen_at timestamptz not null default now()
) with (fillfactor = 50);

-- Exact counts without counting: a row a (owner, status, error), spread over shards so that commits do not queue up
-- behind one row. user_id 0 is the tenant's total.
create table pantry_queue.counters (
  tenant_id text not null,
  user_id bigint not null,
  status text not null,
  error_code text not null default '',
  shard smallint not null,
  n bigint not null,
  primary key (tenant_id, user_id, status, error_code, shard)
) with (fillfactor = 50);

-- Failed jobs by their cause, of each owner (user_id 0: the tenant's total), as the counters are. The shard is of the
-- job's number, so that a row which was counted up is counted down again, and one at 0 can go.
create table pantry_queue.failures (
  tenant_id text not null,
  user_id bigint not null,
  error_code text not null,
  fingerprint text not null,
  shard smallint not null,
  n bigint not null,
  primary key (tenant_id, user_id, error_code, fingerprint, shard)
) with (fillfactor = 50);
create index failures_gone on pantry_queue.failures (tenant_id) where n = 0;

-- New jobs that are not in the counters yet, `n` of one owner: adding to two counters that all callers share cost an
-- insert six times as much as this row. A sweep folds them in; the sum of both, pantry_queue.counts, is exact at every moment.
create table pantry_queue.arrivals (
  tenant_id text not null,
  user_id bigint not null,
  status text not null,
  n integer not null default 1
);
-- It has no key, and an installation may publish all of its tables.
alter table pantry_queue.arrivals replica identity full;

-- What happened in each span of time, of one owner (user_id 0: of the tenant), counted from the events by a round.
create table pantry_queue.history (
  tenant_id text not null,
  user_id bigint not null,
  step_s integer not null,
  -- When the span begins.
  at timestamptz not null,
  accepted integer not null default 0,
  finished integer not null default 0,
  failed integer not null default 0,
  canceled integer not null default 0,
  -- First calls of the agent, by how long the job had waited: one number a bound of HISTORY.waitBoundsMs.
  waits integer[] not null default '{}',
  primary key (tenant_id, user_id, step_s, at)
) with (fillfactor = 70);
create index history_old on pantry_queue.history (step_s, at);

-- In which trace a job or a batch was accepted (`traceparent` of W3C Trace Context). Only where somebody traces; a row
-- goes after a week.
create table pantry_queue.traces (
  trace_no bigint generated always as identity primary key,
  tenant_id text not null,
  -- One of the two.
  job_no bigint unique,
  batch_id text unique,
  traceparent text not null,
  created_at timestamptz not null default now()
);

-- What has happened since the ledger began, of all tenants together: counted in the commits that count the history and
-- the costs, so each event once, whichever process shows it. A row for each kind and code: a few dozen.
create table pantry_queue.totals (
  -- A kind of event (`attempt_started`: first attempts), or `paid_call`.
  kind text not null,
  -- The error code, or the currency.
  code text not null default '',
  n bigint not null default 0,
  -- Of what each of them measured: seconds, or what it cost.
  total numeric not null default 0,
  -- How many measured less than each of JOB_BUCKETS_S, and more than the last.
  counts bigint[] not null default '{}',
  primary key (kind, code)
) with (fillfactor = 50);

-- One row: the last event that the history has counted. It moves in the commit that counts.
create table pantry_queue.history_place (
  only_row boolean primary key default true check (only_row),
  epoch integer not null default 1,
  xid xid8 not null default '0',
  id bigint not null default 0
);
insert into pantry_queue.history_place default values;

-- Who did what, of all tenants together: each entry holds the hash of the one before it (functions/audit.sql). Appended
-- through the pipeline of all doors; ids and codes, never a text. The role of requests may only read it.
create table pantry_queue.audit (
  -- 1, 2, 3, … without a gap.
  entry_no bigint primary key,
  at timestamptz not null,
  tenant_id text not null,
  user_id bigint not null,
  -- The user that the call named.
  for_user bigint,
  key_id text,
  door text not null,
  by_assistant boolean not null,
  operation text not null,
  subjects jsonb not null,
  outcome text not null,
  request_id text,
  hash bytea not null
);
-- For lists: entries stand in the chain by when their calls ended, and callers ask by when they began.
create index audit_listed on pantry_queue.audit (tenant_id, at desc, entry_no desc);

-- One row: the end of the chain, and what was removed before its beginning.
create table pantry_queue.audit_head (
  one boolean primary key default true check (one),
  last_no bigint not null default 0,
  last_hash bytea not null default '\x',
  -- The last entry that retention has removed: the first one that is kept hangs on it.
  anchor_no bigint not null default 0,
  anchor_hash bytea not null default '\x'
);
insert into pantry_queue.audit_head default values;
