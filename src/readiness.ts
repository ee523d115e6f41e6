import type { Composed } from './compose.ts';
import { causeText } from './contract/cause.ts';
import { toAppError } from './contract/errors.ts';
import { DEFAULT_TENANT } from './contract/names.ts';
import type { Principal } from './contract/principal.ts';
import type { Readiness } from './http/health-routes.ts';
import { sqlstateOf } from './ledger/connection/sqlstates.ts';
import { probeWrite } from './ledger/insight/queue-state.ts';
import type { Log } from './ports.ts';

/** Reads how the parts are, once for all who ask. */
const ITSELF: Principal = { tenant: DEFAULT_TENANT, user: 1, scopes: new Set(['jobs:read', 'act_as']) };

/** Says whether calls can be accepted: a database that is read-only cannot take one. */
export function createReadiness(
  { db, queue, lookAtStore }: Pick<Composed, 'db' | 'queue' | 'lookAtStore'>,
  log: Log,
): () => Promise<Readiness> {
  let wasReady: boolean | undefined;
  return async () => {
    try {
      await probeWrite(db.apart);
      const [{ parts, problems }, images] = await Promise.all([
        queue.queueInfo({}, { principal: ITSELF }),
        lookAtStore(),
      ]);
      if (wasReady === false) log.info({}, 'server.ready_again');
      wasReady = true;
      return {
        ok: true,
        parts: { ...parts, images: images.state },
        problems: [
          ...problems
            .filter(({ part }) => part !== 'jobs')
            .map(({ part, message, since }) => ({ part, message, since })),
          ...(images.message === null
            ? []
            : [{ part: 'images', message: images.message, since: images.since?.toISOString() ?? null }]),
        ],
      };
    } catch (error) {
      const { code } = toAppError(error);
      if (wasReady !== false) log.warn({ code, cause: causeText(error) }, 'server.not_ready');
      wasReady = false;
      const down = code === 'ledger_unavailable' || code === 'ledger_misconfigured';
      const ledger = sqlstateOf(error) === '25006' ? 'read_only' : down ? 'down' : 'failing';
      return { ok: false, parts: { ledger, engine: 'unknown' } };
    }
  };
}
