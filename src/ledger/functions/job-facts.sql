-- What an answer about a job says beside its row, of those that have it. Functions of their own, whose statements are not
-- taken into the one that calls them: an answer pays for the plan of none that it does not need.

-- Its calls of the agent, as a document: how many, and what they cost by currency.
create or replace function pantry_queue.bill_of(asked_job bigint) returns json language plpgsql stable parallel safe as $$
begin
  return (
    select json_build_object('paid_calls', coalesce(sum(c.calls), 0), 'costs', coalesce(json_agg(
      json_build_object('amount', trim_scale(c.amount)::text, 'currency', c.currency) order by c.currency)
      filter (where c.currency <> ''), '[]'))
    from (
      select p.currency, sum(p.cost) as amount, count(*) as calls from pantry_queue.paid_calls p
      where p.job_no = asked_job group by 1) c);
end $$;

-- The jobs that it still waits for, in the order of their acceptance.
create or replace function pantry_queue.waited_for(asked_job bigint) returns json language plpgsql stable parallel safe as $$
begin
  return (
    select json_agg(json_build_object('job_no', d.parent_no,
      'job_id', pantry_queue.job_id_of(p.kind, p.subject, p.generation)) order by d.parent_no)
    from pantry_queue.dependencies d join pantry_queue.jobs p on p.job_no = d.parent_no where d.job_no = asked_job);
end $$;

create or replace function pantry_queue.has_reply(asked_job bigint) returns boolean language plpgsql stable parallel safe as $$
begin
  return exists (select from pantry_queue.replies p where p.job_no = asked_job and p.refused is null);
end $$;

create or replace function pantry_queue.schedule_of(asked_batch text) returns text language plpgsql stable parallel safe as $$
begin
  return (select b.schedule from pantry_queue.batches b where b.batch_id = asked_batch);
end $$;

-- Why a job that has not ended may be waiting: what holds up the whole queue, the limit that it has reached, and its own
-- facts, as one document (src/ledger/insight/wait-facts.ts). Of one that was accepted this moment the first six are all there is.
-- Jobs that go before it are counted to 1,001: beyond 1,000 an answer says "1000+".
create or replace function pantry_queue.wait_facts(
  asked_job bigint, tenant text, owner bigint, job_kind text, job_priority smallint, job_phase text,
  attempts integer default 0, is_handed_over boolean default false, stuck_by text default null, stuck_at timestamptz default null)
returns json language plpgsql stable parallel safe as $$
begin
  return (
    select json_build_object('read_only', current_setting('transaction_read_only') = 'on',
      'engine', q.engine, 'engine_since', q.engine_since, 'agent', q.agent, 'agent_since', q.agent_since,
      'workflow_workers', q.workflow_workers, 'agent_slots', q.agent_slots, 'avg_run_ms', q.avg_run_ms,
      'window_size', q.window_size, 'open_jobs', q.open_jobs, 'paused_jobs', q.paused_jobs, 'backoff_jobs', q.backoff_jobs,
      'cap', case when exists (
          select from pantry_queue.caps c where c.tenant_id = tenant
          union all select from pantry_queue.caps c where c.tenant_id is null)
        then pantry_queue.reached_cap(tenant, owner, job_kind, q.open_jobs) end,
      'ahead', case when job_phase = 'admission' then (
        select count(*) from (
          select from pantry_queue.jobs j
          where j.status = 'queued' and j.phase = 'admission' and j.tenant_id = tenant and j.user_id = owner
            and j.kind = job_kind and (j.priority, j.job_no) < (job_priority, asked_job)
          limit 1001) counted) end,
      'parents', case when job_phase = 'dependency' then pantry_queue.waited_for(asked_job) end,
      'handed_over', is_handed_over, 'stuck', stuck_by, 'stuck_since', stuck_at,
      'replied', case when attempts > 0 then pantry_queue.has_reply(asked_job) else false end)
    from pantry_queue.queue_state q where q.only_row);
end $$;
