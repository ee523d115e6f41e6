import { z } from 'zod';
import { maybeTime } from '../fields.ts';
import { operation } from '../operation.ts';

export const whoami = operation({
  name: 'whoami',
  summary: 'As whom you call: tenant, user and scopes, and whether this server asks for a key.',
  input: z.strictObject({}),
  output: z.object({
    tenant: z.string(),
    user_id: z.int().describe('The user of a call that names none.'),
    scopes: z.array(z.string()).describe('What the caller may do; act_as: for other users of the tenant too.'),
    key_required: z.boolean().describe('false: any program that reaches this server may call it.'),
    credential: z.enum(['none', 'key', 'session', 'token']).describe('By what the caller was known.'),
    key_id: z.string().nullable().describe('The key, or the one that the session was opened with.'),
    expires_at: maybeTime.describe('When the key, session or token ends; null: no end is set.'),
    temporal_ui: z
      .string()
      .nullable()
      .describe('Where people see the workflows in Temporal, each behind its id; null: not known.'),
  }),
  effect: 'read',
  scope: undefined,
  errors: [],
  repeat: 'safe',
  http: ['GET', '/whoami'],
  cli: 'keys whoami',
});
