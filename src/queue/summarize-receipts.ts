import { MONEY } from '../contract/money-policy.ts';
import { type SumRow, sumReceipts } from '../jobs/ocr/sum-receipts.ts';
import { merchantsView, namedMerchants } from './find-receipts.ts';
import type { Handlers } from './pipeline.ts';

export const summarizeReceipts: Handlers['summarizeReceipts'] = async (
  { sum_by = 'currency', limit = MONEY.groupsByDefault, ...filter },
  { db, tenant, owner: userId },
) => {
  const owner = { tenant, userId };
  const merchants = await namedMerchants(db, owner, filter.merchant);
  const summed = await sumReceipts(db, filter, owner, merchants?.keys, { sumBy: sum_by, limit });
  return {
    sum_by,
    ...summed,
    totals: summed.totals.map(({ group: _, ...row }) => withCurrency(row)),
    groups: summed.groups.map(withCurrency),
    ...merchantsView(merchants),
  };
};

const withCurrency = <Row extends Omit<SumRow, 'group'>>(row: Row) => ({
  ...row,
  currency: row.currency === '' ? null : row.currency,
});
