import { z } from 'zod';
import { AppError, type FieldError } from '../contract/errors.ts';
import type { AddedReceipt } from '../contract/queue-api.ts';
import type { FormFile } from './form.ts';
import { problemWithin } from './problem.ts';

interface Named {
  /** Its place in the form, from 0. */
  readonly file: number;
  /** As the client called it. */
  readonly name: string;
}

const file = z.object({ file: z.int().describe('Its place in the form, from 0.'), name: z.string() });

/** What a bulk upload answers. */
export const bulkResult = z.object({
  total: z.int(),
  queued: z.int().describe('New receipts, each with its job.'),
  deduplicated: z.int().describe('Files whose bytes their user had a receipt of already, in this form or before.'),
  refused: z.int(),
  job_ids: z.array(z.string()),
  receipt_ids: z.array(z.int()),
  results: z
    .array(
      z.union([
        file.extend({ status: z.enum(['queued', 'deduplicated']), receipt_id: z.int(), job_id: z.string() }),
        file.extend({
          status: z.literal('refused'),
          error: z.record(z.string(), z.unknown()).describe('A problem, as a call of this file alone would answer.'),
        }),
      ]),
    )
    .describe('One for each file, in the order of the form.'),
});

/** What became of one file of a bulk upload. */
export type FileOutcome = Named & ({ readonly added: AddedReceipt } | { readonly error: AppError });

export function refusedOutcome({ name }: FormFile, file: number, error: AppError): FileOutcome {
  return { file, name, error };
}

/**
 * One result a file. 201: all were added; 207: some.
 * @throws AppError the first file's, naming each file, when none was added
 */
export function resultOf(outcomes: readonly FileOutcome[]): { status: number; body: z.infer<typeof bulkResult> } {
  const added = outcomes.flatMap((outcome) => ('added' in outcome ? [outcome.added] : []));
  const refused = outcomes.flatMap((outcome) => ('error' in outcome ? [outcome] : []));
  const [first] = refused;
  if (first && added.length === 0) throw noneAdded(first.error, refused);
  return {
    status: refused.length === 0 ? 201 : 207,
    body: {
      total: outcomes.length,
      queued: added.filter(({ deduplicated }) => !deduplicated).length,
      deduplicated: added.filter(({ deduplicated }) => deduplicated).length,
      refused: refused.length,
      job_ids: [...new Set(added.map(({ job }) => job.job_id))],
      receipt_ids: [...new Set(added.map(({ receipt }) => receipt.id))],
      results: outcomes.map((outcome) => {
        const { file, name } = outcome;
        if ('error' in outcome) return { file, name, status: 'refused', error: { ...problemWithin(outcome.error) } };
        const { receipt, job, deduplicated } = outcome.added;
        const status = deduplicated ? 'deduplicated' : 'queued';
        return { file, name, status, receipt_id: receipt.id, job_id: job.job_id };
      }),
    },
  };
}

/** As many as a problem document names. */
const MAX_NAMED = 10;

function noneAdded(error: AppError, refused: readonly { file: number; name: string; error: AppError }[]): AppError {
  const fields: FieldError[] = refused.slice(0, MAX_NAMED).map(({ file, error: { code, message } }) => ({
    pointer: `/files/${file}`,
    code,
    message: `File ${file + 1}: ${message}`,
  }));
  const all = refused.length === 1 ? '' : ` None of ${refused.length} files was added.`;
  return new AppError(error.code, `${fields[0]?.message ?? error.message}${all}`, {
    hint: error.hint,
    ...(error.retryAfterS === undefined ? {} : { retryAfterS: error.retryAfterS }),
    fields,
    cause: error,
  });
}
