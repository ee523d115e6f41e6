import { quoted } from '../contract/clean-text.ts';
import { AppError } from '../contract/errors.ts';
import { type BulkRow, readBulk } from '../ledger/bulks/bulks.ts';
import { bulkView } from './bulk-view.ts';
import type { Caller } from './caller.ts';
import type { Handlers } from './pipeline.ts';

const FORM = /^bulk-[0-9a-f-]{36}$/;

/**
 * Anyone who may act for all users of a tenant may see all of its bulks; others see their own.
 * @throws AppError bulk_not_found
 */
export async function ownBulk({ db, tenant, userId }: Caller, bulkId: string): Promise<BulkRow> {
  const row = FORM.test(bulkId) ? await readBulk(db, tenant, bulkId, userId) : undefined;
  if (row) return row;
  const message = `There is no bulk ${quoted(bulkId)}.`;
  throw new AppError('bulk_not_found', message, {
    fields: [{ pointer: '/bulk_id', code: 'bulk_not_found', message }],
  });
}

export const getBulk: Handlers['getBulk'] = async ({ bulk_id }, caller) => bulkView(await ownBulk(caller, bulk_id));
