import { z } from 'zod';
import { LIMITS } from './policies.ts';

/** Longer is none of ours. */
const MAX_CURSOR = 1_024;

const limit = z
  .int()
  .min(1)
  .max(LIMITS.listRows)
  .optional()
  .describe(`Rows of one page. Default ${LIMITS.listRowsByDefault}.`);

const cursor = z
  .string()
  .min(1)
  .max(MAX_CURSOR)
  .optional()
  .describe('next_cursor of the page before, with the same filter. Left out: the first page.');

/** What every list gives beside its rows. */
const nextCursor = z.string().nullable().describe('Pass as cursor for the next page; null when there is none.');

/**
 * The one shape of a list: a filter, `limit` and `cursor` give a page of rows and the cursor of the next page.
 * @param filter the fields that choose the rows
 * @param rows the field that holds them
 */
export function list<Filter extends z.ZodRawShape, Rows extends z.ZodRawShape>(filter: Filter, rows: Rows) {
  return {
    input: z.strictObject({ ...filter, limit, cursor }),
    output: z.object({ ...rows, next_cursor: nextCursor }),
  };
}
