-- A database whose statistics are young or stale (a first batch, a large one) plans by guesses, and every index whose
-- condition a statement meets is a candidate. The index of the oldest queued job was taken for counting who goes first,
-- and read a whole backlog for it. `generation > 0` holds for every job: only the statement that says it may use this.
drop index pantry_queue.jobs_oldest_queued;
create index jobs_oldest_queued on pantry_queue.jobs (tenant_id, job_no) where status = 'queued' and generation > 0;
