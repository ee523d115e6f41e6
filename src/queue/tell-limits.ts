import { type LimitLeft, limitNamed } from '../contract/errors.ts';
import type { Db } from '../ledger/db.ts';
import { type LimitRow, limitsNewJobs, limitsOf } from '../ledger/enqueue/limits.ts';
import type { Caller } from './caller.ts';

/** Tells a caller who listens what is left of the limits on new jobs. @param userId undefined: of the tenant only */
export type TellLimits = (caller: Caller, userId: number | undefined) => Promise<void>;

/** Whether a tenant has limits is believed for so long, and of so many tenants. */
const BELIEVED_MS = 1_000;
const MOST_TENANTS = 1_000;

/** An enqueue of a tenant without limits asks nothing and waits for nothing: whether it has any is looked up beside it. */
export function createTellLimits(): TellLimits {
  const known = new Map<string, { readonly limited: boolean; readonly atMs: number }>();

  function isLimited(db: Db, tenant: string): boolean {
    const last = known.get(tenant);
    const limited = last?.limited ?? false;
    if (last === undefined || Date.now() - last.atMs >= BELIEVED_MS) {
      if (known.size >= MOST_TENANTS) known.clear();
      const note = (found: boolean) => known.set(tenant, { limited: found, atMs: Date.now() });
      note(limited);
      limitsNewJobs(db, tenant).then(note, () => {});
    }
    return limited;
  }

  return async ({ db, tenant, tellLimits }, userId) => {
    if (!tellLimits || !isLimited(db, tenant)) return;
    // What was accepted is not refused for the sake of a header.
    const rows = await limitsOf(db, tenant, userId ?? 0).catch(() => []);
    tellLimits(rows.flatMap(leftOf));
  };
}

function leftOf(row: LimitRow): LimitLeft[] {
  const { queued, per_minute: minute } = row;
  const left = ({ limit, used }: { limit: number; used: number }) => ({ limit, remaining: Math.max(0, limit - used) });
  return [
    ...(queued ? [{ ...limitNamed(row, 'queued'), ...left(queued) }] : []),
    ...(minute ? [{ ...limitNamed(row, 'per-minute'), ...left(minute), reset_s: minute.reset_s }] : []),
  ];
}
