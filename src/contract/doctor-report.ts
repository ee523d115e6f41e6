import type { ErrorCode } from './errors.ts';

/** What `pantry-queue doctor` looks at, in the order of its answer, with what each look is about. */
export const DOCTOR_CHECKS = {
  node: 'the version of Node',
  settings: 'the settings can be read',
  programs: 'what set-up fetches is there',
  folder: 'the data folder is ours and can be written',
  owner: 'a queue runs on the folder, and holds its lock',
  disk: 'free space where data and images lie',
  ports: 'each part listens, or its port is free',
  server: 'the server accepts calls',
  ledger: 'PostgreSQL answers, and takes writes',
  schema: 'the tables are those of this program',
  rights: 'the database role may do what the queue does',
  adoption: 'existing tables let every reading be saved',
  counters: 'the counters are what a recount gives',
  listen: 'notifications arrive, pooler or not',
  transactions: 'no old transaction holds back the events',
  temporal: 'Temporal answers',
  namespace: 'its namespace is there',
  attributes: 'the namespace has our search attributes',
  gates: 'a process moves jobs on',
  workers: 'workers run workflows and call the agent',
  pollers: 'workers are seen in Temporal',
  agent: 'the OCR agent is ready',
  images: 'an image can be stored, read and removed',
  'clock-postgres': 'the clock of PostgreSQL beside ours',
  'clock-temporal': 'the clock of Temporal beside ours',
  'clock-agent': 'the clock of the agent beside ours',
  'clock-images': 'the clock of the image store beside ours',
} as const;

export type DoctorCheck = keyof typeof DOCTOR_CHECKS;

/** `warned`: it works, and somebody should know; `skipped`: there is nothing to look at, or what it needs is not well. */
export const DOCTOR_STATES = ['ok', 'warned', 'failed', 'skipped'] as const;
export type DoctorState = (typeof DOCTOR_STATES)[number];

/** What a look has found. */
export interface DoctorFinding {
  readonly check: DoctorCheck;
  readonly state: DoctorState;
  readonly says: string;
  /** The command, statement or step that mends it; null where nothing is to be mended. */
  readonly mend: string | null;
  /** Of the table of errors; null unless it failed. */
  readonly code: ErrorCode | null;
  readonly took_ms: number;
}

export interface DoctorReport {
  /** Nothing has failed. */
  readonly ok: boolean;
  /** `embedded`: the queue of a data folder; `settings`: what DATABASE_URL and the others name. */
  readonly profile: 'embedded' | 'settings';
  readonly version: string;
  /** RFC 3339 */
  readonly checked_at: string;
  readonly checks: readonly DoctorFinding[];
}
