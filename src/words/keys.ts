import type { Key } from '../contract/operations/keys.ts';
import type { OutputOf } from '../contract/queue-api.ts';
import { shortTime, table } from './table.ts';

const stateOf = ({ status, expires_at }: Key): string =>
  status === 'replaced' ? `replaced, valid until ${shortTime(expires_at)}` : status;

export function keysText(keys: readonly Key[]): string[] {
  if (keys.length === 0) return ['No keys.'];
  // An id is needed whole for every further command.
  return keys.flatMap((each) => [
    `${each.key_id}  ${stateOf(each)}`,
    ...table([
      [`  ${each.name}`, `user ${each.user_id}`, `used ${shortTime(each.last_used_at)}`],
      ['  may', each.scopes.join(', ')],
    ]),
  ]);
}

export function keyText(key: Key): string[] {
  const { key_id, name, user_id, scopes, expires_at } = key;
  return [
    `${key_id}: ${stateOf(key)}`,
    `  ${name}, for user ${user_id}: ${scopes.join(', ')}`,
    ...(key.status === 'active' && expires_at !== null ? [`  valid until ${shortTime(expires_at)}`] : []),
  ];
}

const SHOWN_ONCE = 'Keep the key: it is shown only now.';

export const newKeyText = (made: OutputOf<'createKey'>): string[] => [...keyText(made), SHOWN_ONCE];

export const rotatedKeyText = (rotated: OutputOf<'rotateKey'>): string[] => [
  ...keyText(rotated),
  `  ${rotated.replaces} is valid until ${shortTime(rotated.replaced_until)}`,
  SHOWN_ONCE,
];
