import { z } from 'zod';
import type { InputOf, OutputOf } from '../../src/contract/queue-api.ts';
import { duration } from '../../src/words/relative-time.ts';
import type { Answer } from '../answer.ts';
import { type Asked, tool } from '../tool.ts';
import { confirmToken, errorCode, oneBatch } from './fields.ts';

type Filter = Readonly<Record<string, unknown>>;

export const clearFailedJobs = tool({
  name: 'clear_failed_jobs',
  title: 'Clear failed jobs',
  description: 'Take failed jobs out of the counts, after a preview. Can be undone for 24 h.',
  input: z.strictObject({
    error_code: errorCode.optional(),
    batch_id: oneBatch.optional(),
    confirm_token: confirmToken.optional(),
    undo: z.boolean().describe('Bring the last cleared ones back.').optional(),
  }),
  effect: 'destroy',
  repeat: 'safe',
  answer: async ({ undo = false, ...filter }, asked) => {
    if (undo) return undone(filter.confirm_token, asked);
    const told = await asked.queue.clearFailedJobs(filter as InputOf<'clearFailedJobs'>, asked.context);
    return told.bulk ? cleared(told.bulk, filter) : previewOf(told, filter);
  },
});

function previewOf(
  { would_affect = 0, sample, confirm_token, expires_at }: OutputOf<'clearFailedJobs'>,
  filter: Filter,
): Answer {
  if (would_affect === 0) return { summary: 'No failed job matches, so there is nothing to clear.', would_affect };
  return {
    summary: `Nothing was changed yet: ${would_affect} failed jobs would leave the counts. Confirm with confirm_token.`,
    asks: `Clear ${would_affect} failed jobs? They can be brought back for 24 hours.`,
    next: { tool: 'clear_failed_jobs', arguments: { ...filter, confirm_token } },
    would_affect,
    sample,
    expires_at,
  };
}

function cleared(bulk: NonNullable<OutputOf<'clearFailedJobs'>['bulk']>, { confirm_token }: Filter): Answer {
  const until =
    bulk.restorable_until === null
      ? ''
      : `, for ${duration(Math.round((Date.parse(bulk.restorable_until) - Date.now()) / 1_000))}`;
  return {
    summary: `${bulk.done} of ${bulk.total} failed jobs are cleared. The next call brings them back${until}.`,
    next: { tool: 'clear_failed_jobs', arguments: { undo: true, confirm_token } },
    cleared: bulk.done,
    total: bulk.total,
    skipped: bulk.skipped,
    restorable_until: bulk.restorable_until,
  };
}

/** With a token that clearing, else the latest of the caller. */
async function undone(confirm_token: string | undefined, asked: Asked): Promise<Answer> {
  const of = confirm_token === undefined ? {} : { bulk_id: await clearingOf(confirm_token, asked) };
  const { restored } = await asked.queue.restoreFailedJobs(of, asked.context);
  return {
    summary: `${restored} jobs count as failed again; those that were retried since stay as they are.`,
    next: { tool: 'find_jobs', arguments: { status: 'failed' } },
    restored,
  };
}

/** A token that is confirmed again acts on nothing more, and answers with what it has begun. */
async function clearingOf(confirm_token: string, { queue, context }: Asked): Promise<string> {
  const { bulk } = await queue.clearFailedJobs({ confirm_token }, context);
  if (!bulk) throw new Error('A confirmation was answered without its bulk.');
  return bulk.bulk_id;
}
