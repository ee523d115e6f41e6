import type { ZodType } from 'zod';
import type { AppError, ErrorCode } from '../contract/errors.ts';
import { isKindName, type JobKey } from '../contract/job.ts';
import type { Queryable } from '../ledger/connection/queryable.ts';
import type { Agent, RunAttributes } from '../ports.ts';

/**
 * SQL of a kind, which the core takes into its own single statements. A part that reads another is a list of
 * `name as (…)` for a WITH, and finds there a row for each job that the core's statement has changed.
 */
export interface JobSql {
  /**
   * What stands under an id now. Columns: `subject` (its id), `tenant_id` (null: not known yet, see `know`), `user_id`,
   * `made` (which row it is, where ids are used again; null fits any), `params` (what a job of it is made of, `made`
   * included) and `refused` (the code of the error table with which no job of it is accepted; null: none).
   */
  readonly lookup: string;
  /**
   * What people call a subject, for lists and searches: `subject`, `user_id`, `made` as of `lookup`, `name`, and `brief`, what
   * a list shows beside the name (`total_amount`, `currency`, `needs_review`). Absent: nothing.
   */
  readonly named?: string;
  /** One statement that gives the subjects $1 their tenant, where `lookup` knew none. Absent: it always does. */
  readonly know?: string;
  /** A run begins: reads `current (subject, stands)`. */
  readonly begun?: string;
  /** A job was canceled before anything ran or between two attempts: reads `canceled`, rows of jobs. */
  readonly canceled?: string;
  /** A job has ended as failed or canceled: reads `ended`, rows of jobs. */
  readonly ended?: string;
  /** An expression: the result of the job `j` as it is saved, from what `read` gave: $6 it, $7 what stands beside it. Absent: $6. */
  readonly result?: string;
  /** A result is saved: reads `saved`, rows of jobs with their result; $5 its hash, $7 what `read` has written beside it. */
  readonly saved?: string;
  /** An expression, beside `saved`: does what it wrote stand? The database may leave a row as it is without an error. Absent: it does. */
  readonly written?: string;
  /**
   * Subjects were deleted, and nothing personal of them may stay: reads `buried`, their rows of tombstones, and
   * `forgotten (job_no, kind, subject, tenant_id, params)`, their jobs with the params that they had.
   */
  readonly forgotten?: string;
  /** An expression: what a save must know about the subject of the job `j`. Absent: null. */
  readonly before?: string;
  /** An expression: the hash of the result that the subject of the job `j` shows, where it is this job's. Absent: null. */
  readonly shown?: string;
  /**
   * One statement, for kinds whose deletions a trigger tells: which of the tombstones $1 are of subjects that stand again
   * as their jobs left them. It removes these and gives their `id`s.
   */
  readonly restored?: string;
  /** One statement that ends what has waited for a person for $1 seconds, $2 of it at most; it gives the `subject`s. */
  readonly overdue?: string;
}

/** Every sentence about a kind that the core says. */
export interface JobWords {
  /** `receipt 17` */
  readonly subject: (id: number) => string;
  /** How a live job ends whose subject was deleted. */
  readonly deleted: Ending;
  /** How a live job ends whose subject is not what the job was made of any more. */
  readonly changed: Ending;
  /** A finished job whose result went with its subject. */
  readonly resultDeleted: (id: number, jobId: string) => string;
  /** A hint: what is left of a job that is past its retention. */
  readonly expired: (id: number) => string;
  /** What a cancel has prevented: before any call, while one is being aborted, and after calls that gave no result. */
  readonly unwritten: { readonly uncalled: string; readonly aborting: string; readonly called: string };
  /** What Temporal can search a run by, beside what every job has. */
  readonly attributes?: (id: number) => RunAttributes;
}

export interface Ending {
  readonly code: ErrorCode;
  readonly says: (id: number) => string;
}

/** What the worker lends to the kinds that it runs. */
export interface JobTools {
  readonly agent: Agent;
  /** Is the stored path a key of our image store? Anything else never reaches the agent. */
  readonly ownsImage: (imagePath: string) => boolean;
  /**
   * A short-lived signed address of an image, for agents that do not share the store; undefined = none is given.
   * @throws AppError image_missing, storage_unavailable
   */
  readonly imageUrl?: ((imagePath: string) => Promise<string | undefined>) | undefined;
  /** For readings that name no currency. */
  readonly defaultCurrency: string;
}

/** A job whose call is to be made. */
export interface CalledJob<Params> extends JobKey {
  readonly userId: number;
  readonly params: Params;
}

/** `idempotencyKey` is the same for every attempt of a generation; `deadlineMs` bounds the whole call. */
export interface CallOptions {
  readonly idempotencyKey: string;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

/** A reply as it came, and what the subject said before it is saved. */
export interface ReplyToRead<Before> {
  readonly bytes: Uint8Array;
  readonly sha256: string;
  readonly before: Before;
}

/** What is saved of a reply: the job's result, and a document for the `saved` part of the statement. */
export interface ReadReply {
  /** With `result_hash`, the reply's. */
  readonly result: { readonly result_hash: string };
  readonly written: unknown;
}

/** What can be wrong, and the words for it. `sql` says when. */
export interface KindCheck {
  readonly fault: 'lost' | 'doubled' | 'stale' | 'wrong';
  readonly says: string;
  readonly sql: string;
}

/** What `pantry-queue verify` checks of a kind besides what it checks of all jobs. */
export interface KindChecks {
  /** Joins to the jobs `j` of what the conditions of `ofJobs` read; the aliases are the kind's own. */
  readonly join: string;
  /** Conditions: `j` is the job, `g` its other generations (`src/verify/job-checks.ts`). */
  readonly ofJobs: Readonly<Record<string, KindCheck>>;
  /** Statements, which give the `id` of each thing that is wrong. */
  readonly ofLedger: Readonly<Record<string, KindCheck>>;
}

/** Images that the subjects of a kind name, a page at a time. */
export interface NamedImage {
  readonly subject: number;
  readonly path: string;
}

/**
 * A kind of job: everything about it that is not the same for every job. The core asks for nothing else, so another
 * kind is another one of these, registered in `src/jobs/index.ts`.
 */
export interface JobType<Params = unknown, Before = unknown> {
  /** As in ids: `ocr-17`. It never changes. */
  readonly kind: string;
  readonly words: JobWords;
  /** `params` of a job, as `lookup` makes them. */
  readonly params: ZodType<Params>;
  readonly sql: JobSql;
  /** Folder of SQL files with functions, views and triggers of its own, applied again when their text changes. */
  readonly functions?: URL;
  readonly checks?: KindChecks;
  /**
   * The work itself, once: whatever comes back is stored before it is read.
   * @throws AppError whose row of the error table says what follows
   */
  call(job: CalledJob<Params>, tools: JobTools, options: CallOptions): Promise<Uint8Array>;
  /** Is this a reply for the subject at all? @returns why not; undefined when it is one */
  refusalOf(reply: Uint8Array, subject: number): AppError | undefined;
  /**
   * A stored reply → what is saved.
   * @param db for what must be known of the tables; `again`: the database refused what the last look at them gave
   */
  read(
    reply: ReplyToRead<Before>,
    tools: Pick<JobTools, 'defaultCurrency'>,
    db: Queryable,
    options: { again: boolean },
  ): Promise<ReadReply>;
  /**
   * Subjects that wait to be made a job of, oldest first, for schedules; absent: its jobs are only ever asked for.
   * @param userId undefined: of everybody in the tenant
   */
  pending?(db: Queryable, tenant: string, userId: number | undefined, limit: number): Promise<number[]>;
  /** Images of its subjects behind the id `after`, in order; absent: it has none. @param only of one subject */
  images?(db: Queryable, page: { after: number; limit: number; only: number | undefined }): Promise<NamedImage[]>;
}

/** The kinds of job that a program knows. */
export interface JobKinds {
  readonly list: readonly JobType[];
  /** Their names. */
  readonly names: readonly string[];
  find(kind: string): JobType | undefined;
  /** @throws Error when the kind is not registered: callers have looked before */
  of(kind: string): JobType;
}

export function createKinds(list: readonly JobType[]): JobKinds {
  const types = new Map(list.map((type) => [type.kind, type]));
  for (const { kind } of list) if (!isKindName(kind)) throw new Error(`"${kind}" is no name for a kind of job`);
  if (types.size < list.length) throw new Error('two kinds of job have the same name');
  return {
    list,
    names: list.map(({ kind }) => kind),
    find: (kind) => types.get(kind),
    of(kind) {
      const type = types.get(kind);
      if (!type) throw new Error(`this program knows no jobs of kind ${kind}`);
      return type;
    },
  };
}
