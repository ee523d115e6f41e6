import { isTerminal, type Status } from '../contract/job.ts';
import type { JobFilter } from '../contract/job-filter.ts';
import type { JobKinds } from '../jobs/job-type.ts';
import { memberJobNos } from './batches/batch-members.ts';
import { sameRow } from './same-subject.ts';

/** Whose jobs: those of a tenant, or of one of its users. */
export interface Whose {
  readonly tenant: string;
  readonly userId: number | undefined;
}

/** A part of a WHERE, with the values of its parameters. */
export interface Condition {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/**
 * SQL: is the job `j` among those of a filter? One condition for everything that finds, counts or changes many jobs.
 * It holds for the latest generation whose subject is there, as counts do, and names what partial indexes are made of
 * in words that the planner recognises. Statements with it run by `db.search`, which plans them for their values.
 * @param whose the caller's own rows; a `user_id` in the filter has become part of it
 * @param first number of its first parameter
 */
export function jobCondition(kinds: JobKinds, filter: JobFilter, whose: Whose, first = 1): Condition {
  const values: unknown[] = [];
  const value = (given: unknown, type: string) => {
    values.push(given);
    return `$${first + values.length - 1}::${type}`;
  };
  const when = <T>(given: T | undefined, condition: (given: T) => string) =>
    given === undefined ? [] : [condition(given)];
  const conditions = [
    `j.tenant_id = ${value(whose.tenant, 'text')}`,
    whose.userId === undefined ? 'j.generation > 0' : `j.user_id = ${value(whose.userId, 'bigint')}`,
    'not j.superseded and j.orphaned_at is null',
    filter.cleared ? 'j.cleared_at is not null' : 'j.cleared_at is null',
    ...when(filter.receipt_id, (id) => `j.subject = ${value(id, 'bigint')}`),
    ...when(filter.status, (statuses) => amongStatuses(statuses)),
    ...when(filter.phase, (phases) => `j.phase in (${words(phases)})`),
    ...when(filter.error_code, (code) => `j.status <> 'canceled' and j.error_code = ${value(code, 'text')}`),
    ...when(filter.fingerprint, (cause) => `j.status = 'failed' and j.fingerprint = ${value(cause, 'text')}`),
    ...when(filter.batch_id, (batch) => isMember(value(batch, 'text'), value(whose.tenant, 'text'))),
    ...when(filter.created_after, (time) => `j.created_at >= ${value(time, 'timestamptz')}`),
    ...when(filter.created_before, (time) => `j.created_at < ${value(time, 'timestamptz')}`),
    ...when(filter.ended_after, (time) => `not j.live and j.ended_at >= ${value(time, 'timestamptz')}`),
    ...when(filter.ended_before, (time) => `not j.live and j.ended_at < ${value(time, 'timestamptz')}`),
    ...when(filter.merchant, (name) => isNamed(kinds, value(`${escaped(name)}%`, 'text'))),
  ];
  return { sql: conditions.join(' and '), values };
}

/** Words of the tables of `src/contract/job.ts`, whose schemas let nothing else in. */
const words = (given: readonly string[]) => [...new Set(given)].map((word) => `'${word}'`).join(', ');

/** Evaluated once a statement, at the cost of the batch: its members are found by their keys. */
export const isMember = (batchId: string, tenant: string) => `j.job_no = any (array(${memberJobNos(batchId, tenant)}))`;

/** With what follows from it, by which the planner finds the indexes of jobs that live or have ended. */
function amongStatuses(statuses: readonly Status[]): string {
  const live = statuses.every(isTerminal) ? 'not j.live and ' : statuses.some(isTerminal) ? '' : 'j.live and ';
  return `${live}j.status in (${words(statuses)})`;
}

/** Kinds whose subjects have names. */
const naming = ({ list }: JobKinds) =>
  list.flatMap(({ kind, sql }) => (sql.named === undefined ? [] : [{ kind, named: `(${sql.named})` }]));

/** By the name that the subject has now, as long as it is the one that the job was made for. */
function isNamed(kinds: JobKinds, pattern: string): string {
  const ofKinds = naming(kinds).map(
    ({ kind, named }) => `(j.kind = '${kind}' and exists (select from ${named} n where n.subject = j.subject
      and n.user_id = j.user_id and ${sameRow('j', 'n')} and lower(n.name) like lower(${pattern})))`,
  );
  return ofKinds.length === 0 ? 'false' : `(${ofKinds.join(' or ')})`;
}

/** SQL: name and brief of the subject of the job `j` in one document; null where it has none, or is not what the job was made for. */
export function subjectOf(kinds: JobKinds): string {
  const ofKinds = naming(kinds).map(
    ({ kind, named }) => `when '${kind}' then (select n.brief || jsonb_build_object('name', n.name) from ${named} n
      where n.subject = j.subject and n.user_id = j.user_id and ${sameRow('j', 'n')})`,
  );
  return ofKinds.length === 0 ? 'null::jsonb' : `case j.kind ${ofKinds.join(' ')} end`;
}

/** A statement: the subjects whose names begin so, no matter who they belong to. */
export function namedLike(kinds: JobKinds, begins: string): Condition {
  const none = { named: '(select null::bigint as subject, null::text as name where false)' };
  const ofKinds = naming(kinds).length === 0 ? [none] : naming(kinds);
  const sql = ofKinds.map(({ named }) => `select n.subject from ${named} n where lower(n.name) like lower($1::text)`);
  return { sql: sql.join(' union all '), values: [`${escaped(begins)}%`] };
}

const escaped = (text: string) => text.replace(/[\\%_]/g, '\\$&');
