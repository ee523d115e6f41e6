import type { ErrorCode } from '../../contract/errors.ts';
import type { OnParentFailure, Priority } from '../../contract/job.ts';
import type { JobType } from '../../jobs/job-type.ts';
import { lookupOf, sameSubject } from '../same-subject.ts';

export interface EnqueueItem {
  readonly subject: number;
  /** What the caller says that a job of it is made of: it must be so. */
  readonly asked: Readonly<Record<string, unknown>> | undefined;
}

export interface EnqueueOptions {
  readonly tenant: string;
  /** Only subjects of this user; undefined = of anybody in the tenant. */
  readonly userId: number | undefined;
  readonly priority: Priority;
  /**
   * - `once`: a finished subject keeps its job
   * - `force`: a finished subject is done again; a live job is refused
   * - `retry`: only what has failed or was canceled
   */
  readonly mode: 'once' | 'force' | 'retry';
  /** Absent = at once. */
  readonly later?: Later | undefined;
  /** The span in which it is asked for; absent = nobody traces. */
  readonly traceparent?: string | undefined;
}

/** When a job may start: not before a time, and not before other jobs have ended. */
export interface Later {
  /** RFC 3339. */
  readonly runAt: string | undefined;
  /** From the moment of acceptance, by the clock of the database. */
  readonly delayS: number | undefined;
  /** Numbers of jobs that live; empty = none. */
  readonly parents: readonly number[];
  readonly onParentFailure: OnParentFailure;
}

/** SQL: the last three parameters of the accepting functions. @param first the number of the first of `laterValues` */
export const laterParams = (first: number) =>
  `coalesce($${first}::timestamptz, clock_timestamp() + make_interval(secs => $${first + 1})), $${first + 2}, $${first + 3}`;

export const laterValues = (later: Later | undefined): readonly unknown[] => [
  later?.runAt ?? null,
  later?.delayS ?? null,
  later && later.parents.length > 0 ? later.parents : null,
  later?.onParentFailure ?? null,
];

/** One subject, on its own terms. */
export type EnqueueRequest = EnqueueItem & EnqueueOptions;

/**
 * `same`: its job is there already. Else why a request did not become a new job: there is no such subject, it has another
 * making than was asked for, what stands in the way, or the code with which its kind refuses it.
 */
export type Verdict = 'new' | 'same' | 'not_found' | ErrorCode;

/** @returns whether it may not become a job */
export const isRefused = <T extends { readonly verdict: Verdict }>(
  judged: T,
): judged is T & { readonly verdict: Exclude<Verdict, 'new' | 'same'> } =>
  judged.verdict !== 'new' && judged.verdict !== 'same';

/**
 * What must be mended before another look.
 * - `overtaken`: a live job stands in the way whose subject is not what has the id now; it must be ended
 * - `unknown`: whose the subject is was not known yet (`JobSql.know`)
 */
export type Looked = Verdict | 'overtaken' | 'unknown';

/** The limit that refuses new jobs of an owner, from `pantry_queue.refusing_limit`. */
export interface RefusingLimit {
  readonly code: 'queue_full' | 'rate_limited';
  /** Whose jobs it counts; null: all of the tenant together, and all kinds. */
  readonly user_id: number | null;
  readonly kind: string | null;
  readonly limit: number;
  /** How many new jobs the call would have made under it. */
  readonly asked: number;
  /** How many more it accepts now. */
  readonly room: number;
  readonly reset_s: number;
}

export const isOfLimit = (code: string): code is RefusingLimit['code'] =>
  code === 'queue_full' || code === 'rate_limited';

/** Beside each request `i` what stands under its id, `r`, and the generation that answers for it now. */
export const lookedUp = (type: JobType) => `
  left join ${lookupOf(type)} r on r.subject = i.subject and (i.only_user is null or r.user_id = i.only_user)
  left join lateral (
    select * from pantry_queue.jobs j where j.kind = '${type.kind}' and j.subject = r.subject
    order by j.generation desc limit 1
  ) latest on true`;

/** What a request `i` is told, or becomes: `functions/enqueue.sql`. */
export const VERDICT = `pantry_queue.verdict(r.subject, r.tenant_id, r.refused, i.tenant,
    case when i.asked is null then false else not r.params @> i.asked end, i.mode, latest.status, latest.generation,
    ${sameSubject('latest', 'r')})`;
