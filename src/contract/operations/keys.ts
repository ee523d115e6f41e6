import { z } from 'zod';
import { KEY_SCOPES, KEYS, OPERATOR_SCOPES, USUAL_SCOPES } from '../access-policies.ts';
import { fieldRule } from '../check-input.ts';
import { lineText, maybeTime, time, userId } from '../fields.ts';
import { list } from '../list.ts';
import { operation } from '../operation.ts';

const keyId = lineText(64).min(1).describe('The key, by what it begins with: "pq_5f0c1e9a7b32".');

const name = z
  .string()
  .check(
    fieldRule((text) => {
      if (/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(text) && text.length <= KEYS.name) return undefined;
      const what = `1 to ${KEYS.name} letters, digits, ".", "_" or "-", the first a letter or digit`;
      return { code: 'format', message: `The name of a key must have ${what}, as in "phone-app".` };
    }),
  )
  .describe('What the key is for: phone-app. A user has one current key of a name.');

const scopes = z
  .array(z.enum([...KEY_SCOPES, 'all']))
  .min(1)
  .max(KEY_SCOPES.length + 1)
  .describe(
    `What the key may do; act_as: for other users too. all: all but ${OPERATOR_SCOPES.join(' and ')}. Default: ${USUAL_SCOPES.join(', ')}.`,
  );

export const key = z.object({
  key_id: keyId,
  name: z.string(),
  user_id: z.int().describe('Who calls with it.'),
  scopes: z.array(z.string()),
  status: z
    .enum(['active', 'replaced', 'expired', 'revoked'])
    .describe('replaced: the next key of its name was made, and this one is valid until expires_at.'),
  created_by: z.string(),
  created_at: time,
  last_used_at: maybeTime.describe('To the minute; null: never.'),
  expires_at: maybeTime.describe('null: it does not expire.'),
  revoked_at: maybeTime,
});
export type Key = z.infer<typeof key>;

const secret = z.string().describe('The whole key, for Authorization: Bearer. It is shown only now.');

export const createKey = operation({
  name: 'create_key',
  summary: 'Make a key for a user of the tenant, with at most the scopes of your own.',
  input: z.strictObject({
    name,
    scopes: scopes.optional(),
    user_id: userId.optional().describe('Who calls with the key. Default: the caller.'),
    expires_in_days: z.int().min(1).max(KEYS.expiresInDays).optional().describe('Default: it does not expire.'),
  }),
  output: key.extend({ key: secret }),
  effect: 'write',
  scope: 'queue:admin',
  errors: ['key_exists', 'too_many_keys', 'forbidden', 'ledger_unavailable'],
  repeat: 'never',
  http: ['POST', '/keys'],
  cli: 'keys create',
});

export const listKeys = operation({
  name: 'list_keys',
  summary: 'The keys: whose they are, what they may do, and when each was last used.',
  ...list(
    { user_id: userId.optional().describe('Only those of this user. Default: of every user you may act for.') },
    { keys: z.array(key) },
  ),
  effect: 'read',
  scope: 'queue:admin',
  errors: ['forbidden', 'ledger_unavailable'],
  repeat: 'safe',
  http: ['GET', '/keys'],
  cli: 'keys list',
});

export const rotateKey = operation({
  name: 'rotate_key',
  summary: 'Make the next key of the same name. The one before stays valid for a day, or until the next rotation.',
  input: z.strictObject({ key_id: keyId }),
  output: key.extend({
    key: secret,
    replaces: keyId.describe('The key before.'),
    replaced_until: time.describe('Until then the key before is valid, unless it is revoked.'),
  }),
  effect: 'write',
  scope: 'queue:admin',
  errors: ['key_not_found', 'key_ended', 'too_many_keys', 'forbidden', 'ledger_unavailable'],
  repeat: 'never',
  http: ['POST', '/keys/{key_id}/rotate'],
  cli: 'keys rotate <key_id>',
});

export const revokeKey = operation({
  name: 'revoke_key',
  summary: `End a key for good: within ${KEYS.believedMs / 1_000} seconds no process takes it any more.`,
  input: z.strictObject({ key_id: keyId }),
  output: key,
  effect: 'destroy',
  scope: 'queue:admin',
  errors: ['key_not_found', 'ledger_unavailable'],
  repeat: 'safe',
  http: ['DELETE', '/keys/{key_id}'],
  cli: 'keys revoke <key_id>',
});
