import type { AuditEntry } from '../../contract/audit.ts';
import { LIMITS } from '../../contract/policies.ts';
import type { Db } from '../db.ts';
import { type Key, keyset } from '../keyset.ts';

export interface AuditFilter {
  readonly key_id?: string | undefined;
  readonly operation?: string | undefined;
  readonly outcome?: string | undefined;
  /** An id that the call was about. */
  readonly subject?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

export type AuditRow = Omit<AuditEntry, 'at' | 'tenant_id'> & {
  entry_no: number;
  at: Date;
  /** `at` to the microsecond, as cursors need it. */
  place: string;
};

export const auditPlace = ({ place, entry_no }: Pick<AuditRow, 'place' | 'entry_no'>): Key => [place, entry_no];

const { orderBy, after: behind } = keyset('desc', [
  { sql: 'a.at', type: 'timestamptz' },
  { sql: 'a.entry_no', type: 'bigint' },
]);

/** Rows are looked at in the order of an index, at most `$8` of them; the last one looked at says where to go on. */
const FIND = (place: string) => `
select l.*, l.nth = $8::int as stops from (
  select a.entry_no, a.at, a.at::text as place, a.user_id, a.for_user, a.key_id, a.door, a.by_assistant, a.operation,
    a.subjects, a.outcome, a.request_id, row_number() over () as nth,
    ($2::bigint is null or a.user_id = $2) and ($3::text is null or a.key_id = $3)
      and ($4::text is null or a.operation = $4) and ($5::text is null or a.outcome = $5)
      and ($6::jsonb[] is null or exists (
        select from jsonb_each(a.subjects) s where s.value @> any ($6::jsonb[]))) as fits
  from (
    select * from pantry_queue.audit a
    where a.tenant_id = $1 and a.at >= coalesce($9::timestamptz, '-infinity')
      and a.at < coalesce($10::timestamptz, 'infinity') and ${place}
    ${orderBy} limit $8
  ) a
) l where l.fits or l.nth = $8 limit $7`;

/**
 * Entries of the audit, newest first: a page of those behind a place. However many there are, one page looks at so many at most;
 * it may then hold less than was asked for.
 * @throws AppError search_too_broad
 */
export async function findAudit(
  db: Db,
  { tenant, userId }: { readonly tenant: string; readonly userId: number | undefined },
  filter: AuditFilter,
  { after, limit }: { readonly after: Key | undefined; readonly limit: number },
): Promise<{ readonly rows: AuditRow[]; readonly searchedTo?: Key }> {
  const { key_id, operation, outcome, subject, from, to } = filter;
  const named = [key_id, operation, outcome].map((value) => value ?? null);
  const bounds = [limit, LIMITS.searchedRows, from ?? null, to ?? null];
  const values = [tenant, userId ?? null, ...named, subject === undefined ? null : asIds(subject), ...bounds];
  const found = await db.search.query<AuditRow & { fits: boolean; stops: boolean }>(
    FIND(behind(after, values.length + 1)),
    [...values, ...(after ?? [])],
  );
  const rows = found.filter(({ fits }) => fits);
  const stop = found.find(({ stops }) => stops);
  return stop === undefined || rows.length === limit ? { rows } : { rows, searchedTo: auditPlace(stop) };
}

/** An id as the entries hold it: a text, or the number of a receipt. */
const asIds = (subject: string): string[] => [
  JSON.stringify(subject),
  ...(/^[1-9]\d{0,15}$/.test(subject) ? [subject] : []),
];
