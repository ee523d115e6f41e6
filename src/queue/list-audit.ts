import type { ListedEntry } from '../contract/operations/list-audit.ts';
import { type AuditRow, auditPlace, findAudit } from '../ledger/find-audit.ts';
import type { Cursors } from './cursors.ts';
import { listPage } from './list-page.ts';
import type { Handlers } from './pipeline.ts';

export function createListAudit(cursors: Cursors): Handlers['listAudit'] {
  return async ({ limit, cursor, ...filter }, { db, tenant, userId }) => {
    const { rows: entries, next_cursor } = await listPage(
      cursors,
      { limit, cursor },
      {
        list: ['list_audit', tenant, userId ?? null, filter],
        read: (page) => findAudit(db, { tenant, userId }, filter, page),
        view: entryView,
        keyOf: auditPlace,
      },
    );
    return { entries, next_cursor };
  };
}

const entryView = ({ place: _, ...row }: AuditRow): ListedEntry => ({
  ...row,
  at: row.at.toISOString(),
  // As a list of its own: the ledger's is not to be changed.
  subjects: Object.fromEntries(Object.entries(row.subjects).map(([name, ids]) => [name, copyOf(ids)])),
});

const copyOf = (ids: string | number | readonly (string | number)[]) => (typeof ids === 'object' ? [...ids] : ids);
