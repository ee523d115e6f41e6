-- A batch writes the first events and the count of its jobs in its own statement (src/ledger/enqueue-all.ts): a trigger
-- called ten thousand times costs more than the rows.
drop trigger arrive on pantry_queue.jobs;
create trigger arrive after insert on pantry_queue.jobs for each row
  when (new.batch_id is null or new.status <> 'queued' or new.phase <> 'admission') execute function pantry_queue.arrive();
