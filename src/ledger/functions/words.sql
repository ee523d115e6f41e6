create or replace function pantry_queue.state_of(status text, phase text) returns text
language sql immutable parallel safe as $$ select status || coalesce('/' || phase, '') $$;

-- The same words as generationIdOf in src/contract/job.ts.
create or replace function pantry_queue.job_id_of(kind text, subject bigint, generation integer) returns text
language sql immutable parallel safe as $$
  select kind || '-' || subject || case generation when 1 then '' else '.' || generation end
$$;
