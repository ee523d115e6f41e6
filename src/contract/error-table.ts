import { ACCESS_ERRORS } from './error-table/access.ts';
import { CALL_ERRORS } from './error-table/calls.ts';
import { JOB_ERRORS } from './error-table/jobs.ts';
import { PART_ERRORS } from './error-table/parts.ts';
import { REVIEW_ERRORS } from './error-table/reviews.ts';

/**
 * The one table of errors. HTTP, MCP, CLI and Temporal read it; nothing repeats it. A message says what happened and
 * which value, the hint says the next command or call. Workflow-safe.
 */
export const ERRORS = { ...CALL_ERRORS, ...ACCESS_ERRORS, ...JOB_ERRORS, ...PART_ERRORS, ...REVIEW_ERRORS } as const;

export type ErrorCode = keyof typeof ERRORS;
