import { expect, it } from 'vitest';
import { type JobRow, jobDocument, jobOf } from '../../src/ledger/job-row.ts';
import { readJob } from '../../src/ledger/jobs.ts';
import { addReceipts, useDatabase } from '../support/db.ts';
import { begun } from '../support/job-states.ts';

const database = useDatabase();

/** As the driver reads a document that the database made. */
const told = async (ids: string) => {
  const [row] = await database.db.query<{ job: JobRow }>(
    `select ${jobDocument('j', {})} as job from (select (j).* from (
       select jsonb_populate_record(t, '${ids}') as j from pantry_queue.jobs t limit 1) n) j
     left join (select null::bigint as subject) r on false`,
  );
  if (!row) throw new Error('there is no job');
  return row.job;
};

it('a job that is read as one document has the times and numbers of its row', async () => {
  await addReceipts(database.db, 1);
  const { subject } = await begun(database.db);
  const [stored] = await database.db.query(
    'select created_at, state_since, give_up_at, started_at, ended_at, user_id, attempt, status from pantry_queue.jobs where subject = $1',
    [subject],
  );
  const job = await readJob(database.db, 'default', { kind: 'ocr', subject, generation: undefined });
  expect(job).toMatchObject(stored ?? {});
  expect(job?.now).toBeInstanceOf(Date);
});

it.each(['subject', 'user_id'])(
  '[I11] an id that no number holds is no job, and never another id: %s',
  async (name) => {
    const job = await told(`{"${name}": 9007199254740993}`);
    expect(() => jobOf(job, [])).toThrow(`${name} 9007199254740992 is beyond the safe integers`);
  },
);
