import { KEY_SCOPES } from '../contract/access-policies.ts';
import type { QueueDeps } from './deps.ts';
import type { Handlers } from './pipeline.ts';

export const createWhoami =
  ({ temporalUi }: Pick<QueueDeps, 'temporalUi'>): Handlers['whoami'] =>
  async (_input, { principal }) => ({
    tenant: principal.tenant,
    user_id: principal.user,
    scopes: KEY_SCOPES.filter((scope) => principal.scopes.has(scope)),
    key_required: principal.credential !== undefined,
    credential: principal.credential ?? 'none',
    key_id: principal.keyId ?? null,
    expires_at: principal.expiresAt?.toISOString() ?? null,
    temporal_ui: temporalUi ?? null,
  });
