import { type ErrorRow, row } from './row.ts';

/** Why a caller is not let in, and what is wrong about keys. */
export const ACCESS_ERRORS = {
  unauthenticated: row(
    401,
    'never',
    false,
    'No valid key',
    'Send Authorization: Bearer <key>; the commands take the key from PANTRY_QUEUE_KEY or PANTRY_QUEUE_KEY_FILE. The operator of the queue makes one with pantry-queue keys create.',
  ),
  forbidden: row(403, 'never', false, 'Not allowed', 'Use your own user_id, or a key whose scope allows this.'),
  issuer_unavailable: row(
    503,
    'after',
    false,
    'The identity provider cannot be reached',
    'Call again in a few seconds; a key (pq_…) is taken meanwhile.',
  ),
  key_not_found: row(404, 'never', false, 'No such key', 'List the keys with GET /keys (pantry-queue keys list).'),
  key_exists: row(
    409,
    'never',
    false,
    'The name of the key is taken',
    'Choose another name, or make its next key with POST /keys/{key_id}/rotate (pantry-queue keys rotate).',
  ),
  key_ended: row(
    409,
    'never',
    false,
    'The key is not the current one of its name',
    'Rotate the current key of this name, or make a new key: POST /keys (pantry-queue keys create).',
  ),
  too_many_keys: row(
    409,
    'never',
    false,
    'There are too many keys',
    'Revoke what is not needed (pantry-queue keys revoke); a key that has ended counts for 30 days.',
  ),
} as const satisfies Record<string, ErrorRow>;
