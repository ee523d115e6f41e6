import { PRIORITY_KEYS } from '../../contract/job.ts';
import { type Db, isUniqueViolation } from '../db.ts';
import { ofKind } from '../of-kind.ts';
import { traceBatch } from '../traces.ts';
import {
  type EnqueueItem,
  type EnqueueOptions,
  type Looked,
  laterParams,
  laterValues,
  type RefusingLimit,
  type Verdict,
} from './enqueue-rule.ts';
import { afterMending, isDecided, mendLooked } from './mend-looked.ts';

const ACCEPT_ALL = ofKind(
  ({ kind }) => `
select asked_for as subject, verdict, generation
from pantry_queue.accept_${kind}_batch($1::bigint[], $2::jsonb[], $3, $4, $5, $6, $7, $8, ${laterParams(9)})`,
);

const TRACED = ofKind((type) => `with ${traceBatch('$3', '$7', '$13')} ${ACCEPT_ALL(type)}`);

type Told = { subject: number; verdict: Looked; generation: number | null };

/** As SQL writes an array: of ten thousand numbers the driver would escape each. */
const arrayOf = (numbers: readonly number[]): string => `{${numbers.join()}}`;

/** What nothing is told of: ten thousand rows that say the same would cost as much as their inserts. */
const FIRST_JOB = { verdict: 'new', generation: 1 } as const;

/** Each look is overtaken only by a further generation of a subject. */
const MAX_LOOKS = 4;

/** What became of one subject of a batch. */
export interface EnqueuedItem {
  readonly subject: number;
  readonly verdict: Verdict;
  /** The generation that answers for the subject now; null when there is none. */
  readonly generation: number | null;
}

/**
 * Accepts all subjects or none, as one batch.
 * @param items of one kind, no subject twice
 * @param options with `partial`, what is refused holds up no other
 * @returns one answer for each, in order; anything but `new` and `same` means that nothing was accepted
 */
export async function enqueueAll(
  db: Db,
  kind: string,
  items: readonly EnqueueItem[],
  options: EnqueueOptions & { readonly batchId: string; readonly partial?: boolean },
): Promise<EnqueuedItem[]> {
  const type = db.kinds.of(kind);
  const isPartial = options.partial ?? false;
  const values = [
    arrayOf(items.map((item) => item.subject)),
    items.some((item) => item.asked) ? items.map((item) => item.asked ?? null) : null,
    options.tenant,
    options.userId ?? null,
    PRIORITY_KEYS[options.priority],
    options.mode,
    options.batchId,
    isPartial,
    ...laterValues(options.later),
  ];
  const { traceparent } = options;
  for (let looks = 1; ; looks++) {
    try {
      const rows = await (traceparent === undefined
        ? db.query<Told>(ACCEPT_ALL(type), values)
        : db.query<Told>(TRACED(type), [...values, traceparent]));
      const told = isPartial ? rows : rows.map((row) => ({ ...row, verdict: afterMending(row.verdict, looks) }));
      const undecided = told.find(({ verdict }) => !isDecided(verdict));
      if (!undecided) return answers(items, told as EnqueuedItem[]);
      if (looks >= MAX_LOOKS) {
        throw new Error(`${type.words.subject(undecided.subject)} was overtaken ${MAX_LOOKS} times`);
      }
      await mendLooked(db, type, told);
    } catch (error) {
      if (looks < MAX_LOOKS && isUniqueViolation(error)) continue;
      throw error;
    }
  }
}

/** @param told of the subjects that do not become their first job */
function answers(items: readonly EnqueueItem[], told: readonly EnqueuedItem[]): EnqueuedItem[] {
  const bySubject = new Map(told.map((one) => [one.subject, one]));
  return items.map(({ subject }) => bySubject.get(subject) ?? { subject, ...FIRST_JOB });
}

const REFUSING = ofKind(
  ({ kind }) => `
select pantry_queue.refusing_limit(n.tenant, n.owner, '${kind}', n.of_owner, n.in_all) as refusing
from (
  select j.tenant, j.owner, count(*) as of_owner, (sum(count(*)) over ())::bigint as in_all
  from pantry_queue.judge_${kind}($1::bigint[], $2::jsonb[], array_fill($3::text, array[cardinality($1)]),
    array_fill($4::bigint, array[cardinality($1)]), array_fill($5::text, array[cardinality($1)])) j
  where j.verdict = 'new' group by 1, 2) n`,
);

/** @returns the limit that refuses new jobs of these; undefined when there is room by now */
export async function refusingLimit(
  db: Db,
  kind: string,
  items: readonly EnqueueItem[],
  { tenant, userId, mode }: Pick<EnqueueOptions, 'tenant' | 'userId' | 'mode'>,
): Promise<RefusingLimit | undefined> {
  const rows = await db.query<{ refusing: RefusingLimit | null }>(REFUSING(db.kinds.of(kind)), [
    items.map(({ subject }) => subject),
    items.map(({ asked }) => asked ?? null),
    tenant,
    userId ?? null,
    mode,
  ]);
  return rows.find(({ refusing }) => refusing !== null)?.refusing ?? undefined;
}
