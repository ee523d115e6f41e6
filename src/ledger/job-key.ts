import type { JobKey, RunKey } from '../contract/job.ts';

/** SQL, of jobs `j`: the generation of `keyValues`. */
export const OF_GENERATION = `(j.kind = $1 and j.subject = $2 and j.generation = $3)`;

/** SQL, of jobs `j`: the fence of everything that the engine writes back; the generation while $4 is its current run. */
export const OF_RUN = `(j.kind = $1 and j.subject = $2 and j.generation = $3 and j.run_no = $4)`;

export const keyValues = ({ kind, subject, generation }: JobKey) => [kind, subject, generation] as const;
export const runValues = (run: RunKey) => [...keyValues(run), run.runNo] as const;

/**
 * SQL, of jobs: those whose kinds this program knows, `db.kinds.names`; others are left to the program that does.
 * @param names the parameter
 * @param job alias of the jobs; default: none
 */
export function isKnownKind(names: string, job?: string): string {
  // An expression, so that no index is taken for it that begins with the kind: it would read all jobs.
  return `${job === undefined ? '' : `${job}.`}kind || '' = any (${names}::text[])`;
}

/** SQL: the columns of a RunRow. */
export const RUN_KEY = 'kind, subject, generation, run_no';
export type RunRow = { kind: string; subject: number; generation: number; run_no: number };

export function runOf({ kind, subject, generation, run_no: runNo }: RunRow): RunKey {
  return { kind, subject, generation, runNo };
}
