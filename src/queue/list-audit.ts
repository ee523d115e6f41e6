import type { ListedEntry } from '../contract/operations/list-audit.ts';
import { type AuditRow, auditPlace, findAudit } from '../ledger/access/find-audit.ts';
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
  subjects: Object.entries(row.subjects).flatMap(([field, ids]) =>
    [ids].flat().map((id) => ({ what: field.replace(/_ids?$/, ''), id: String(id) })),
  ),
});
