-- How a job is accepted: one rule for the service and for every SQL client. Nothing here sends a notification, which
-- would serialise the commits of all callers; a gate looks by itself within a second. The statements that insert stand in
-- src/ledger/kind-functions/accept.sql, once for each kind of job.

-- Who becomes a new job, and what the others are told. `unknown` and `overtaken` must be mended before another look
-- (src/ledger/enqueue/mend-looked.ts). A function of one expression, which the planner takes into the statement that calls it.
create or replace function pantry_queue.verdict(
  subject bigint, tenant text, refused text, asked_tenant text, differs boolean, mode text,
  status text, generation integer, is_same boolean) returns text
language sql immutable parallel safe as $$
  select case
    when subject is null or tenant <> asked_tenant then 'not_found'
    when tenant is null then case asked_tenant when 'default' then 'unknown' else 'not_found' end
    else coalesce(refused, case
      when differs then 'idempotency_conflict'
      when status in ('failed', 'canceled') then 'new'
      when status is null then case when mode = 'retry' then 'not_retryable' else 'new' end
      when not is_same then case status when 'finished' then 'new' else 'overtaken' end
      when status = 'finished' then case mode when 'force' then 'new' when 'retry' then 'not_retryable' else 'same' end
      when mode = 'force' then 'job_active'
      when mode = 'retry' and generation = 1 then 'not_retryable'
      else 'same' end) end
$$;

create or replace function pantry_queue.priority_key(priority text) returns smallint language plpgsql immutable as $$
begin
  case priority
    when 'high' then return 1;
    when 'default' then return 3;
    when 'low' then return 5;
    else raise exception using errcode = '22023', detail = 'invalid_argument',
      message = format('priority must be one of high, default, low, not %L.', left(priority, 60));
  end case;
end $$;

-- Whose subjects this session may queue.
create or replace function pantry_queue.tenant_of_session() returns text language plpgsql stable as $$
declare
  tenant text := pantry_queue.session_tenant();
begin
  if tenant is null then
    raise exception using errcode = '42501', detail = 'forbidden',
      message = format('Role %I may not queue receipts of tenant %s.', session_user,
        coalesce(nullif(current_setting('pantry_queue.tenant', true), ''), '(none was named)')),
      hint = 'Its tenants are the rows of pantry_queue.sql_callers; set pantry_queue.tenant to one of them.';
  end if;
  return tenant;
end $$;
