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
