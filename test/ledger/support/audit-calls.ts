import { type AuditFilter, findAudit } from '../../../src/ledger/access/find-audit.ts';
import type { Db } from '../../../src/ledger/db.ts';
import type { Call } from './searches.ts';

/** Entries of three users, a minute apart, of which one job was canceled long ago; the chain is not looked at. */
export async function addAudit(db: Db, entries: number): Promise<void> {
  await db.query(
    `insert into pantry_queue.audit (entry_no, at, tenant_id, user_id, door, by_assistant, operation, subjects, outcome, hash)
     select n, timestamptz '2026-01-01' + n * interval '1 minute', 'default', n % 3 + 1, 'http', false,
       case n when 1 then 'cancel_job' else 'enqueue_ocr' end, jsonb_build_object('receipt_id', n), 'ok', ''
     from generate_series(1, $1::int) n`,
    [entries],
  );
}

const listed =
  (filter: AuditFilter, userId?: number): Call =>
  (db) =>
    findAudit(db, { tenant: 'default', userId }, filter, { after: undefined, limit: 11 });

export const AUDIT_REQUESTS: Readonly<Record<string, Call>> = {
  'the newest entries of the audit': listed({}),
  'entries of one user': listed({}, 2),
  'entries of a user who did nothing': listed({}, 100_000),
  'entries of an operation that was called long ago': listed({ operation: 'cancel_job' }),
  'entries about one receipt': listed({ subject: '17' }),
  'entries of an hour': listed({ from: '2026-01-01T02:00:00Z', to: '2026-01-01T03:00:00Z' }),
  'a later page of the audit': (db) =>
    findAudit(db, { tenant: 'default', userId: undefined }, {}, { after: ['2026-01-01T05:00:00Z', 300], limit: 11 }),
};
