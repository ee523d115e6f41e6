import { z } from 'zod';
import { AppError } from '../../../src/contract/errors.ts';
import type { CalledJob, JobType } from '../../../src/jobs/job-type.ts';
import { readSql } from '../../../src/jobs/sql-file.ts';

const sql = (name: string) => readSql(name, import.meta.url);
const params = z.object({ body: z.string(), made: z.number() });
const reply = z.object({ words: z.int() });

export type NoteJob = CalledJob<z.infer<typeof params>>;

function read(bytes: Uint8Array): z.infer<typeof reply> | undefined {
  try {
    return reply.safeParse(JSON.parse(Buffer.from(bytes).toString())).data;
  } catch {
    return undefined;
  }
}

/**
 * A kind of job that has nothing to do with receipts: the words of a note are counted.
 * @param count the work; the test's
 */
export const noteKind = (
  count: (job: NoteJob, signal: AbortSignal) => Promise<unknown>,
): JobType<z.infer<typeof params>> => ({
  kind: 'note',
  params,
  words: {
    subject: (id) => `note ${id}`,
    deleted: { code: 'subject_deleted', says: (id) => `Note ${id} was thrown away while it was counted.` },
    changed: { code: 'subject_changed', says: (id) => `Note ${id} was written anew while it was counted.` },
    resultDeleted: (id, jobId) => `Note ${id} was thrown away, and with it what ${jobId} counted.`,
    expired: (id) => `Note ${id} still has its number of words.`,
    unwritten: {
      uncalled: 'Nobody had begun to count.',
      aborting: 'The counting is being stopped.',
      called: 'The note has no number of words.',
    },
  },
  sql: {
    lookup: sql('lookup.sql'),
    begun: `begun as (
      update pantry_queue.notes n set state = 'being counted' from current c where n.id = c.subject and c.stands)`,
    ended: `stopped as (
      update pantry_queue.notes n set state = 'not counted' from ended e where n.id = e.subject)`,
    saved: sql('save.sql'),
  },
  functions: new URL('functions/', import.meta.url),
  checks: {
    join: `left join pantry_queue.notes n on j.kind = 'note' and n.id = j.subject`,
    ofJobs: {
      note_uncounted: {
        fault: 'lost',
        says: 'its note does not have the number of words that was counted',
        sql: `j.status = 'finished' and not g.later_finished and n.words is distinct from (j.result ->> 'words')::int`,
      },
    },
    ofLedger: {},
  },
  call: async (job, _tools, { signal }) => Buffer.from(JSON.stringify(await count(job, signal))),
  refusalOf: (bytes) => (read(bytes) ? undefined : new AppError('agent_bad_response', 'Nothing was counted.')),
  async read({ bytes, sha256 }) {
    const words = read(bytes)?.words ?? null;
    return { result: { words, result_hash: sha256 }, written: { words } };
  },
});
