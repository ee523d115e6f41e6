import { readFileSync, writeFileSync } from 'node:fs';

/** The parts of an installation that take processor time for a job, besides the agent. */
export const PARTS = ['server', 'worker', 'ledger', 'temporal'] as const;
export type Part = (typeof PARTS)[number];

/** What one healthy job costs, from its call over HTTP to its saved result; the agent’s own reading is not in it. */
export interface JobCosts {
  /** Milliseconds of processor time, user and system, of a part's processes. */
  readonly cpuMs: Readonly<Record<Part, number>>;
  /** Transactions that the ledger's database committed, reads among them. */
  readonly commits: number;
  /** Write-ahead log of the ledger's database. */
  readonly walBytes: number;
  /** By which the ledger's database has grown, indexes and its statistics included. */
  readonly ledgerBytes: number;
  /** Of the history of its workflow, as Temporal keeps it until its retention is over. */
  readonly historyBytes: number;
}

export interface Measured {
  /** YYYY-MM-DD */
  readonly on: string;
  readonly machine: string;
  readonly jobs: number;
  readonly perJob: JobCosts;
}

const FILE = new URL('measured.json', import.meta.url);

/** The last measurement that was kept (`npm run bench:capacity -- --measure`). */
export function measuredCosts(): Measured {
  return JSON.parse(readFileSync(FILE, 'utf8')) as Measured;
}

export function keepCosts(measured: Measured): void {
  writeFileSync(FILE, `${JSON.stringify(measured, null, 2)}\n`);
}
