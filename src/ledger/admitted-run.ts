import { type Priority, priorityOf, type RunKey } from '../contract/job.ts';
import { RUN_KEY, type RunRow, runOf } from './job-key.ts';

/** A run that the engine is to start. */
export interface AdmittedRun extends RunKey {
  readonly tenant: string;
  readonly userId: number;
  readonly batchId: string | null;
  readonly priority: Priority;
  /** It goes before what other owners have waiting in the engine. */
  readonly passes: boolean;
}

export type AdmittedRow = RunRow & {
  tenant_id: string;
  user_id: number;
  batch_id: string | null;
  priority: number;
  passes?: boolean;
};

/** SQL: columns of an `AdmittedRow`. */
export const RUN_COLUMNS = `${RUN_KEY}, tenant_id, user_id, batch_id, priority`;

export function admittedRun(row: AdmittedRow): AdmittedRun {
  return {
    ...runOf(row),
    tenant: row.tenant_id,
    userId: row.user_id,
    batchId: row.batch_id,
    priority: priorityOf(row.priority),
    passes: row.passes ?? false,
  };
}
