import { randomUUID } from 'node:crypto';
import { AppError, type ErrorCode } from '../contract/errors.ts';
import { BULK } from '../contract/policies.ts';
import { type BulkRow, makeRestore, readBulk, readLatestClearing } from '../ledger/bulks/bulks.ts';
import { bulkView } from './bulk-view.ts';
import type { Caller } from './caller.ts';
import type { HandlerDeps } from './deps.ts';
import { ownBulk } from './get-bulk.ts';
import type { Handlers } from './pipeline.ts';
import { workBulk } from './work-bulk.ts';

export function createRestoreFailedJobs(deps: HandlerDeps): Handlers['restoreFailedJobs'] {
  return async ({ bulk_id }, caller) => {
    const { db, tenant, principal } = caller;
    const clearing = bulk_id === undefined ? await latestClearing(caller) : await ownBulk(caller, bulk_id);
    refuseUnlessRestorable(clearing);
    const bulkId = await makeRestore(db, clearing, {
      bulkId: `bulk-${randomUUID()}`,
      tenant,
      userId: principal.user,
    });
    await workBulk(deps, db, bulkId);
    const made = await readBulk(db, tenant, bulkId, undefined);
    if (!made) throw new Error('a restore that was made is not there');
    const bulk = bulkView(made);
    return { restored: bulk.done, bulk };
  };
}

/** Also when it was taken back already: a call that is made again finds the same one. */
async function latestClearing({ db, tenant, principal }: Caller): Promise<BulkRow> {
  const row = await readLatestClearing(db, tenant, principal.user);
  if (row) return row;
  throw new AppError('bulk_not_found', 'You have cleared nothing that could be taken back.');
}

function refuseUnlessRestorable({ bulk_id, operation, created_at, ended_at, now }: BulkRow): void {
  const refuse = (code: ErrorCode, message: string) =>
    new AppError(code, message, { fields: [{ pointer: '/bulk_id', code, message }] });
  if (operation !== 'clear_failed_jobs') throw refuse('not_restorable', `${bulk_id} is of ${operation}.`);
  if (ended_at === null) throw refuse('bulk_active', `${bulk_id} is still clearing.`);
  const until = new Date(created_at.getTime() + BULK.restoreS * 1_000);
  if (now > until) {
    throw refuse('restore_expired', `${bulk_id} could be taken back until ${until.toISOString()}.`);
  }
}
