import { randomUUID } from 'node:crypto';
import type { Bulk } from '../contract/bulk.ts';
import type { Priority } from '../contract/job.ts';
import type { JobFilter } from '../contract/job-filter.ts';
import { BULK } from '../contract/policies.ts';
import { readConfirmKey } from '../ledger/access/confirm-key.ts';
import type { FilteredOperation } from '../ledger/bulks/bulk-members.ts';
import { type Previewed, previewBulk } from '../ledger/bulks/bulk-preview.ts';
import { confirmBulk, readBulk } from '../ledger/bulks/bulks.ts';
import { bulkView } from './bulk-view.ts';
import type { Caller } from './caller.ts';
import { openConfirm, refuseExpired, refuseOtherThanPromised, sealConfirm } from './confirm-tokens.ts';
import type { HandlerDeps } from './deps.ts';
import { workBulk } from './work-bulk.ts';

/** How the jobs are acted on, besides which. */
interface Manner {
  readonly priority?: Priority | undefined;
  readonly rate_per_minute?: number | undefined;
}
type Asked = JobFilter & Manner;

/** What every previewed call answers; each adds its own words. */
interface PreviewAnswer {
  readonly would_affect: number;
  readonly matching: number | `${typeof BULK.jobs}+`;
  readonly sample: string[];
  readonly cost: { readonly agent_calls: number; readonly stored_replies: number };
  readonly confirm_token: string;
  readonly expires_at: string;
}

type Answer = { readonly preview: Previewed; readonly answer: PreviewAnswer } | { readonly bulk: Bulk };

/**
 * The one handler of calls with a preview.
 * @param waits does a confirmation do slices itself, so that most bulks have ended when it answers?
 */
export function createPreviewed(deps: HandlerDeps, operation: FilteredOperation, { waits }: { waits: boolean }) {
  return async (
    { confirm_token: token, ...asked }: Asked & { readonly confirm_token?: string | undefined },
    caller: Caller,
  ): Promise<Answer> =>
    token === undefined
      ? preview(caller, operation, asked)
      : { bulk: await confirm(deps, caller, operation, asked, { token, waits }) };
}

async function preview(caller: Caller, operation: FilteredOperation, asked: Asked): Promise<Answer> {
  const { db, tenant, userId, principal } = caller;
  const { priority, rate_per_minute, ...filter } = asked;
  const found = await previewBulk(db, operation, filter, { tenant, userId });
  const { key, now } = await readConfirmKey(db);
  const expiresAt = now.getTime() + BULK.confirmS * 1_000;
  const { total, matching, sample, told } = found;
  const stored = told.stored ?? 0;
  return {
    preview: found,
    answer: {
      would_affect: total,
      matching: matching ?? `${BULK.jobs}+`,
      sample: [...sample],
      cost: { agent_calls: operation === 'redrive_failed_jobs' ? total - stored : 0, stored_replies: stored },
      confirm_token: sealConfirm(key, principal, {
        bulkId: `bulk-${randomUUID()}`,
        operation,
        filter,
        onlyUser: userId ?? null,
        priority,
        rate_per_minute,
        total,
        seen: found.seen,
        expiresAt,
      }),
      expires_at: new Date(expiresAt).toISOString(),
    },
  };
}

async function confirm(
  deps: HandlerDeps,
  caller: Caller,
  operation: FilteredOperation,
  asked: Asked,
  { token, waits }: { token: string; waits: boolean },
): Promise<Bulk> {
  const { db, tenant, principal } = caller;
  const confirmKey = await readConfirmKey(db);
  const promised = openConfirm(confirmKey.key, operation, principal, token);
  refuseOtherThanPromised(promised, { ...asked });
  const read = () => readBulk(db, tenant, promised.bulkId, principal.user);
  // What has acted once answers with its bulk, also when the preview is too old by now.
  if (!(await read())) {
    refuseExpired(promised, confirmKey);
    const { rate_per_minute: ratePerMinute, priority, ...rest } = promised;
    await confirmBulk(db, { ...rest, operation, priority, ratePerMinute, tenant, userId: principal.user });
  }
  if (waits) await workBulk(deps, db, promised.bulkId);
  const made = await read();
  if (!made) throw new Error('a bulk that was made is not there');
  return bulkView(made);
}
