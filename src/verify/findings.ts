import type { JobKinds } from '../jobs/job-type.ts';
import { type CheckName, checksOf, FAULTS, type Fault } from './checks.ts';

/** More ids than this are counted, not listed. */
const MAX_IDS = 20;

export interface Finding {
  readonly check: CheckName;
  readonly fault: Fault;
  readonly says: string;
  readonly count: number;
  /** Of the first ones: job ids, or what else the check names (`receipt 17`, `user 3`). */
  readonly ids: readonly string[];
}

export interface Findings {
  /** @param count how many there are; default: as many as ids */
  add(check: CheckName, ids: readonly string[], count?: number): void;
  list(): Finding[];
  /** How many of each fault. */
  totals(): Record<Fault, number>;
}

/** Collects what is wrong in bounded memory. */
export function createFindings(kinds: JobKinds): Findings {
  const checks = checksOf(kinds);
  const rowOf = (check: CheckName) => {
    const row = checks[check];
    if (!row) throw new Error(`there is no check ${check}`);
    return row;
  };
  const found = new Map<CheckName, { count: number; ids: string[] }>();
  return {
    add(check, ids, count = ids.length) {
      if (count === 0) return;
      const entry = found.get(check) ?? { count: 0, ids: [] };
      entry.count += count;
      entry.ids.push(...ids.slice(0, MAX_IDS - entry.ids.length));
      found.set(check, entry);
    },
    list() {
      return [...found].map(([check, entry]) => ({
        check,
        fault: rowOf(check).fault,
        says: rowOf(check).says,
        ...entry,
      }));
    },
    totals() {
      const totals = Object.fromEntries(FAULTS.map((fault) => [fault, 0])) as Record<Fault, number>;
      for (const [check, { count }] of found) totals[rowOf(check).fault] += count;
      return totals;
    },
  };
}
