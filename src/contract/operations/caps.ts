import { z } from 'zod';
import { lineText, time, userId } from '../fields.ts';
import { list } from '../list.ts';
import { operation } from '../operation.ts';

/** The highest number of a limit: above it nothing is limited any more. */
const MOST = 1_000_000;

const number = (says: string) => z.int().min(0).max(MOST).nullable().describe(says);

const numbers = {
  in_flight: number('Most jobs that may be in Temporal at once; 0: what waits stays waiting.'),
  queued: number('Most jobs that may wait (queued, scheduled or deferred); 0: no new job is accepted.'),
  per_minute: number('Most new jobs in a minute; 0: no new job is accepted.'),
};

const kind = z.string().min(1).max(32);

export const cap = z.object({
  user_id: z.int().nullable().describe('Whose jobs it counts; null: all of the tenant together.'),
  kind: z.string().nullable().describe('The kind of job; null: all kinds together.'),
  ...numbers,
  reason: z
    .string()
    .describe('Who limits: "limit" is set by set_cap, any other code by a pause, a budget or the breaker.'),
  note: z.string().nullable(),
  set_by: z.string().nullable(),
  since: time,
});
export type CapView = z.infer<typeof cap>;

export const listCaps = operation({
  name: 'list_caps',
  summary: 'All limits that hold in the tenant, with their numbers, reasons and who set them.',
  ...list(
    { user_id: userId.optional().describe('Only the limits of this user. Left out: all, those of the tenant too.') },
    { caps: z.array(cap) },
  ),
  effect: 'read',
  scope: 'queue:admin',
  errors: ['ledger_unavailable', 'forbidden'],
  repeat: 'safe',
  http: ['GET', '/caps'],
  cli: 'queue caps',
});

export const setCap = operation({
  name: 'set_cap',
  summary: 'Limit the jobs of a user, of a kind, or of the whole tenant: in flight, waiting, and accepted per minute.',
  input: z.strictObject({
    user_id: userId.optional().describe('Whose jobs. Left out: all of the tenant together.'),
    kind: kind.optional().describe('Only jobs of this kind, as in "ocr". Left out: all kinds together.'),
    in_flight: numbers.in_flight.optional(),
    queued: numbers.queued.optional(),
    per_minute: numbers.per_minute.optional(),
    note: lineText(200).optional().describe('Why, for the people who find it.'),
  }),
  output: z.object({
    cap: cap.nullable().describe('The limit as it is now; null when no number is left.'),
    changed: z.boolean().describe('false when it was already so.'),
  }),
  effect: 'write',
  scope: 'queue:admin',
  errors: ['forbidden', 'ledger_unavailable'],
  repeat: 'safe',
  http: ['PUT', '/caps'],
  cli: 'queue cap',
});
