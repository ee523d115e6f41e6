import type { Config } from '../../config.ts';
import type { DataDir } from '../../embedded/data-dir.ts';
import type { OwnerRecord } from '../../embedded/owner-file.ts';
import type { EngineClient, EngineConfig } from '../../engine/connection.ts';
import type { Db } from '../../ledger/db.ts';

/** Bounds that a test sets otherwise. */
export interface DoctorLimits {
  /** A transaction that is open for longer holds back events and clean-up. */
  readonly transactionS: number;
  /** Less free space than this fails; ten times of it is worth a word. */
  readonly freeBytes: number;
  /** Clocks may differ by this much. */
  readonly clockMs: number;
}

export const DOCTOR_LIMITS: DoctorLimits = { transactionS: 60, freeBytes: 200 * 1024 ** 2, clockMs: 5_000 };

/** The parts of a queue that are reached by settings, opened and not yet asked. */
export interface Parts {
  readonly config: Config;
  readonly db: Db;
  readonly engine: EngineConfig;
  readonly client: EngineClient;
  readonly agentUrl: string;
}

/** What is looked at. */
export interface Subject {
  /** The folder of an embedded queue; undefined: settings name the parts. */
  readonly dir: DataDir | undefined;
  /** The queue that runs on it. */
  readonly owner: OwnerRecord | undefined;
  /** Undefined where no queue runs, or the settings cannot be read. */
  readonly parts: Parts | undefined;
  readonly limits: DoctorLimits;
}
