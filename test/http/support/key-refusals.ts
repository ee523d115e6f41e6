import type { QueueApi } from '../../../src/contract/queue-api.ts';
import { createKeyPrincipal } from '../../../src/http/principal.ts';
import { createAuthenticate } from '../../../src/queue/access/authenticate.ts';
import { asOwner } from '../../support/owner.ts';
import { appOver } from './addresses.ts';
import type { HttpQueue } from './http-queue.ts';

/** How the refusals about keys come about. */
export function keyRefusals(http: () => HttpQueue) {
  const send = (method: string, address: string, body: unknown = {}) =>
    http().fetch(address, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  return {
    async unauthenticated() {
      const principalOf = createKeyPrincipal(createAuthenticate({ db: http().db }));
      return appOver({} as QueueApi, { principalOf }).request('http://localhost/queue');
    },
    key_not_found: () => send('POST', '/keys/pq_17/rotate'),
    async key_exists() {
      await send('POST', '/keys', { name: 'phone-app' });
      return send('POST', '/keys', { name: 'phone-app' });
    },
    async key_ended() {
      const { key_id } = await http().queue.createKey({ name: 'ended' }, asOwner);
      await http().queue.revokeKey({ key_id }, asOwner);
      return send('POST', `/keys/${key_id}/rotate`);
    },
    async too_many_keys() {
      await fillWithKeys(http());
      return send('POST', '/keys', { name: 'one-more' });
    },
  } satisfies Readonly<Record<string, () => Promise<Response>>>;
}

/** After this no further key is made in the tenant. */
export async function fillWithKeys({ db }: Pick<HttpQueue, 'db'>): Promise<void> {
  await db.query(
    `insert into pantry_queue.api_keys (key_id, tenant_id, user_id, name, scopes, secret_sha256, created_by)
     select 'k' || n, 'default', 77, 'k' || n, '{}', '', 'test' from generate_series(1, 1000) n`,
  );
}
