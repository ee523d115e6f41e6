import type { OutputOf } from '../contract/queue-api.ts';
import { shortTime } from './table.ts';

const BY: Readonly<Record<OutputOf<'whoami'>['credential'], string>> = {
  none: 'This server asks for no key.',
  key: 'Known by a key',
  session: 'Known by a session of the key',
  token: 'Known by a token of the identity provider',
};

/** As whom somebody calls. */
export function whoamiText(who: OutputOf<'whoami'>): string[] {
  const { tenant, user_id, scopes, credential, key_id, key_required, expires_at, temporal_ui } = who;
  const until = expires_at === null ? '' : `, until ${shortTime(expires_at)}`;
  return [
    `User ${user_id} of tenant ${tenant}: ${scopes.join(', ') || 'no scopes'}`,
    `${BY[credential]}${key_id === null ? '' : `: ${key_id}`}${until}`,
    ...(key_required || credential === 'none' ? [] : ['This server asks nobody for one.']),
    ...(temporal_ui === null ? [] : [`Temporal’s Web UI: ${temporal_ui}`]),
  ];
}
