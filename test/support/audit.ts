import type { AuditEntry } from '../../src/contract/audit.ts';
import { appendAudit } from '../../src/ledger/access/audit.ts';
import type { Queryable } from '../../src/ledger/connection/queryable.ts';

/** An entry as the pipeline writes one. */
const anEntry = (changes: Partial<AuditEntry> = {}): AuditEntry => ({
  ...{ at: '2026-11-03T12:00:00.000Z', tenant_id: 'default', user_id: 1, for_user: null, key_id: null },
  ...{ door: 'http', by_assistant: false, operation: 'cancel_job', subjects: { job_id: 'ocr-17' } },
  ...{ outcome: 'ok', request_id: null },
  ...changes,
});

/** @param db open for all tenants */
export const addAudit = (db: Queryable, entries: readonly Partial<AuditEntry>[]): Promise<void> =>
  appendAudit(db, entries.map(anEntry));
