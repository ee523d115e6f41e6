import { z } from 'zod';
import { STATUSES } from '../../src/contract/job.ts';
import type { InputOf, OutputOf } from '../../src/contract/queue-api.ts';
import type { Answer } from '../answer.ts';
import { tool } from '../tool.ts';
import { DEFAULT_ROWS, errorCode, nextCursor, oneBatch, rowLimit } from './fields.ts';

export const findJobs = tool({
  name: 'find_jobs',
  title: 'Find jobs',
  description: 'Jobs by state, error or batch, newest first.',
  input: z.strictObject({
    status: z.enum(STATUSES).optional(),
    error_code: errorCode.optional(),
    batch_id: oneBatch.optional(),
    limit: rowLimit.optional(),
    cursor: nextCursor.optional(),
  }),
  effect: 'read',
  repeat: 'safe',
  answer: async ({ status, limit = DEFAULT_ROWS, ...filter }, { queue, context }) => {
    const asked = { ...filter, limit, ...(status === undefined ? {} : { status: [status] }) } as InputOf<'findJobs'>;
    return foundAnswer(await queue.findJobs(asked, context), { status, ...filter, limit });
  },
});

function foundAnswer({ jobs, next_cursor }: OutputOf<'findJobs'>, asked: Readonly<Record<string, unknown>>): Answer {
  const many = jobs.length === 0 ? 'No job is' : jobs.length === 1 ? '1 job is' : `${jobs.length} jobs are`;
  return {
    summary: `${many} listed${next_cursor === null ? '' : '; more follow with next_cursor'}.`,
    next: next_cursor === null ? undefined : { tool: 'find_jobs', arguments: { ...asked, cursor: next_cursor } },
    jobs: jobs.map(({ job_id, status, error_code, attempts }) => ({ job_id, status, error_code, attempts })),
    from_receipt_untrusted: {
      merchants: jobs.flatMap(({ job_id, merchant }) => (merchant === null ? [] : [`${job_id}: ${merchant}`])),
    },
  };
}
