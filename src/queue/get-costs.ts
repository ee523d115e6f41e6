import { BILL } from '../contract/bill-policy.ts';
import { invalidArgument } from '../contract/check-input.ts';
import { type CostGroup, listCosts } from '../ledger/money/bill.ts';
import type { Cursors } from './cursors.ts';
import { listPage } from './list-page.ts';
import type { Handlers } from './pipeline.ts';

const DAY_MS = 86_400_000;
const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);

export function createGetCosts(cursors: Cursors): Handlers['getCosts'] {
  return async ({ group = 'month', from_day, to_day, limit, cursor }, { db, tenant, userId }) => {
    const span = spanOf(group, from_day, to_day);
    const until = new Date(Date.parse(span.to_day) + DAY_MS);
    const { rows, next_cursor } = await listPage(
      cursors,
      { limit, cursor },
      {
        list: ['get_costs', tenant, userId ?? null, group, span.from_day, span.to_day],
        async read(page) {
          const found = await listCosts(db, group, { tenant, userId, from: new Date(span.from_day), to: until }, page);
          const rows = found.flatMap((row) => (row.calls === null ? [] : [{ ...row, calls: row.calls }]));
          const last = found.at(-1);
          return last && found.length === page.limit && rows.length < found.length
            ? { rows, searchedTo: [keyIn(group, last.key)] }
            : rows;
        },
        view: ({ key, calls, unpriced_calls, costs }) => ({
          key: key === '' ? 'unknown' : key,
          paid_calls: calls,
          unpriced_calls,
          costs,
        }),
        keyOf: ({ key }) => [keyIn(group, key)],
      },
    );
    return { group, ...span, rows, next_cursor };
  };
}

const keyIn = (group: CostGroup, key: string) => (group === 'owner' ? Number(key) : key);

function spanOf(
  group: CostGroup,
  from: string | undefined,
  asked: string | undefined,
): { from_day: string; to_day: string } {
  const to = asked ?? dayOf(Date.now());
  const month = new Date(`${to.slice(0, 7)}-01`);
  if (group === 'month') month.setUTCMonth(month.getUTCMonth() - 11);
  const span = { from_day: from ?? dayOf(month.getTime()), to_day: to };
  const days = (Date.parse(span.to_day) - Date.parse(span.from_day)) / DAY_MS + 1;
  if (days < 1) throw invalidArgument('from_day', 'too_big', 'from_day must not lie after to_day.');
  if (days > BILL.mostDays) throw invalidArgument('from_day', 'too_small', `That is more than ${BILL.mostDays} days.`);
  return span;
}
