import { invalidArgument } from '../contract/check-input.ts';
import type { CapView } from '../contract/operations/caps.ts';
import type { InputOf } from '../contract/queue-api.ts';
import type { JobKinds } from '../jobs/job-type.ts';
import { type CapRow, listCaps, setCap } from '../ledger/set-caps.ts';
import type { Cursors } from './cursors.ts';
import type { HandlerDeps } from './deps.ts';
import { listPage } from './list-page.ts';
import type { Handlers } from './pipeline.ts';

const viewOf = ({ cap_no: _no, since, ...row }: CapRow): CapView => ({ ...row, since: since.toISOString() });

export function createListCaps(cursors: Cursors): Handlers['listCaps'] {
  return async (asked, { db: { apart: db }, tenant, userId }) => {
    const { rows: caps, next_cursor } = await listPage(cursors, asked, {
      list: ['list_caps', tenant, userId ?? 0],
      read: (page) => listCaps(db, tenant, { userId, ...page }),
      view: viewOf,
      keyOf: ({ cap_no }) => [cap_no],
    });
    return { caps, next_cursor };
  };
}

export function createSetCap(deps: HandlerDeps): Handlers['setCap'] {
  return async (input, { db, tenant, principal }) => {
    checkCap(input, db.kinds);
    const { user_id: userId, kind, note, in_flight, queued, per_minute } = input;
    const by = `user ${principal.user}`;
    const { cap, changed } = await setCap(db, tenant, { userId, kind, note, by, in_flight, queued, per_minute });
    if (changed) deps.notifier.changed([], { gate: true });
    return { cap: cap ? viewOf(cap) : null, changed };
  };
}

/** What the schema cannot say. */
function checkCap(input: InputOf<'setCap'>, kinds: JobKinds): void {
  const { kind, in_flight, queued, per_minute } = input;
  if (in_flight === undefined && queued === undefined && per_minute === undefined) {
    throw invalidArgument(
      'in_flight',
      'missing',
      'Give at least one of in_flight, queued and per_minute; null removes a number.',
    );
  }
  if (kind !== undefined && !kinds.find(kind)) {
    throw invalidArgument('kind', 'unknown', `There is no such kind of job. Allowed: ${kinds.names.join(', ')}.`);
  }
  if (kind !== undefined && queued != null) {
    throw invalidArgument(
      'queued',
      'not_of_kind',
      'queued counts jobs of all kinds together: leave kind out, or limit in_flight or per_minute instead.',
    );
  }
}
