import { AUDIT, type AuditEntry, SHOWING_RECEIPTS, SUBJECT_IDS } from '../../contract/audit.ts';
import { isIdentified } from '../../contract/principal.ts';
import type { Call } from '../stage.ts';

/** What request ids look like. */
const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

const isId = (value: unknown, looks: RegExp): value is string | number =>
  (typeof value === 'number' || typeof value === 'string') && looks.test(String(value));

/** Every change is recorded, and a look at receipts of others by who may act for them. */
export function isAudited({ row, caller }: Call): boolean {
  if (row.effect === undefined || !caller) return false;
  if (row.effect !== 'read') return true;
  const { principal, userId } = caller;
  return (
    isIdentified(principal) &&
    principal.scopes.has('act_as') &&
    userId !== principal.user &&
    SHOWING_RECEIPTS.includes(row.name)
  );
}

/**
 * Is the entry stored before the caller is answered? What an administrator does, what ends something, and what is shown
 * of others is; that work was added or moved also stands in the ledger's own rows and events.
 */
export function isAwaited({ row }: Call): boolean {
  return row.effect !== 'write' || row.scope !== 'jobs:write';
}

export function entryOf(call: Call, at: Date, outcome: string, answer: unknown): AuditEntry {
  const { principal, door, requestId, acting } = call.context;
  const named = call.input.user_id;
  return {
    at: at.toISOString(),
    tenant_id: principal.tenant,
    user_id: principal.user,
    for_user: typeof named === 'number' ? named : null,
    key_id: principal.keyId ?? null,
    door: door ?? 'program',
    by_assistant: acting === 'assistant',
    operation: call.row.name,
    subjects: { ...subjectsIn(call.input), ...subjectsIn(answer) },
    outcome,
    request_id: requestId !== undefined && ID.test(requestId) ? requestId : null,
  };
}

function subjectsIn(value: unknown): AuditEntry['subjects'] {
  if (typeof value !== 'object' || value === null) return {};
  const fields = value as Readonly<Record<string, unknown>>;
  const subjects: Record<string, string | number | readonly (string | number)[]> = {};
  for (const [name, looks] of Object.entries(SUBJECT_IDS)) {
    const found = fields[name];
    if (isId(found, looks)) subjects[name] = found;
    else if (Array.isArray(found)) subjects[name] = found.slice(0, AUDIT.maxIds).filter((id) => isId(id, looks));
  }
  return subjects;
}
