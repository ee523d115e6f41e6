import { z } from 'zod';
import { DOORS } from '../audit.ts';
import { lineText, time, userId } from '../fields.ts';
import { list } from '../list.ts';
import { operation } from '../operation.ts';

export const auditEntry = z.object({
  entry_no: z.int().describe('Its place in the chain, which all tenants share.'),
  at: time.describe('When the call began.'),
  user_id: z.int().describe('Who called.'),
  for_user: z.int().nullable().describe('The user that the call named.'),
  key_id: z
    .string()
    .nullable()
    .describe('The key that it was made with; null: none was asked for, or a token was sent.'),
  door: z.enum(DOORS).describe('Where it came in.'),
  by_assistant: z.boolean().describe('A model made the call for the user.'),
  operation: z.string(),
  subjects: z
    .array(z.object({ what: z.string(), id: z.string() }))
    .describe('What it was about: {"what": "job", "id": "ocr-17"}.'),
  outcome: z.string().describe('ok, or the code of the error.'),
  request_id: z.string().nullable().describe('As in the log line of the call.'),
});
export type ListedEntry = z.infer<typeof auditEntry>;

export const listAudit = operation({
  name: 'list_audit',
  summary: 'Who did what, newest first: the entries of the audit, without texts of callers.',
  ...list(
    {
      user_id: userId.optional().describe('Only what this user did. Default: every user you may act for.'),
      key_id: lineText(64).min(1).optional().describe('Only calls with this key: "pq_5f0c1e9a7b32".'),
      operation: lineText(64).min(1).optional().describe('Only calls of this operation: "cancel_job".'),
      outcome: lineText(64).min(1).optional().describe('Only calls that ended so: "ok", or the code of an error.'),
      subject: lineText(100)
        .min(1)
        .optional()
        .describe('Only calls about this id: a job "ocr-17", a receipt "17", a batch, key or webhook.'),
      from: time.optional().describe('Only calls that began at this time or later. RFC 3339, UTC.'),
      to: time.optional().describe('Only calls that began before this time. RFC 3339, UTC.'),
    },
    { entries: z.array(auditEntry) },
  ),
  effect: 'read',
  scope: 'queue:admin',
  errors: ['forbidden', 'search_too_broad', 'ledger_unavailable'],
  repeat: 'safe',
  http: ['GET', '/audit'],
  cli: 'audit list',
});
