import type { JobType } from '../../jobs/job-type.ts';
import type { Db } from '../db.ts';
import { endOvertaken } from '../orphans.ts';
import type { Looked, Verdict } from './enqueue-rule.ts';

export function isDecided(verdict: Looked): verdict is Verdict {
  return verdict !== 'overtaken' && verdict !== 'unknown';
}

/**
 * A subject that is still unknown after it was made known belongs to another tenant, whose row this one does not see.
 * @param looks how often it was looked up
 */
export function afterMending(verdict: Looked, looks: number): Looked {
  return verdict === 'unknown' && looks > 1 ? 'not_found' : verdict;
}

/** Removes what stands in the way of an answer, before another look. */
export async function mendLooked(
  db: Db,
  { kind, sql }: JobType,
  looked: readonly { readonly subject: number; readonly verdict: Looked }[],
): Promise<void> {
  const of = (verdict: Looked) => looked.filter((one) => one.verdict === verdict).map((one) => one.subject);
  const overtaken = of('overtaken');
  const unknown = of('unknown');
  if (overtaken.length > 0) await endOvertaken(db, kind, overtaken);
  if (unknown.length > 0 && sql.know !== undefined) await db.query(sql.know, [unknown]);
}
