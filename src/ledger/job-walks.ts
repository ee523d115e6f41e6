import {
  isTerminal,
  PHASES,
  type Phase,
  PRIORITY_KEYS,
  STATUSES,
  type Status,
  TERMINAL_STATUSES,
} from '../contract/job.ts';
import type { JobFilter } from '../contract/job-filter.ts';
import type { JobKinds } from '../jobs/job-type.ts';
import { isMember, type Whose } from './job-filter.ts';

/**
 * A part of the jobs `j` that an index gives newest first, or that is small enough to be sorted. Together the walks of a
 * filter hold every job that it may describe; which of theirs it does describe, its condition says.
 */
export interface Walk {
  readonly where: string;
  /** false: no index has this order, and the part is small. */
  readonly inOrder: boolean;
  /** Of the jobs that it reads, those that are not for another walk; absent: all. */
  readonly only?: string;
}

/** By which a list is in order: when jobs were accepted, or when they ended. Neither changes while pages are read. */
export type WalkOrder = 'accepted' | 'ended';

/** A list of what ended in some time, or of one cause, is in the order of the ends. */
export function orderOf({ ended_after, ended_before, fingerprint, cleared }: JobFilter): WalkOrder {
  const isOfEnds = ended_after !== undefined || ended_before !== undefined || fingerprint !== undefined;
  return isOfEnds && !cleared ? 'ended' : 'accepted';
}

/** Gives a value its parameter. */
export type Param = (given: unknown, type: string) => string;

/** States are left out of which the filter can describe no job. */
function statusesOf(filter: JobFilter): readonly Status[] {
  const { status = STATUSES, phase, error_code } = filter;
  return status.filter(
    (one) =>
      !(orderOf(filter) === 'ended' && !isTerminal(one)) &&
      !(phase !== undefined && (isTerminal(one) || one === 'scheduled')) &&
      !(filter.fingerprint !== undefined && one !== 'failed') &&
      !(error_code !== undefined && (one === 'finished' || one === 'canceled' || one === 'scheduled')),
  );
}

/**
 * The walks of a filter.
 * @param subjects of those whose names begin as the filter says, where they are few
 */
export function walksOf(
  kinds: JobKinds,
  filter: JobFilter,
  whose: Whose,
  subjects: readonly number[] | undefined,
  param: Param,
): Walk[] {
  if (filter.receipt_id !== undefined) return [sorted(`j.subject = ${param(filter.receipt_id, 'bigint')}`)];
  if (filter.batch_id !== undefined) {
    return [sorted(isMember(param(filter.batch_id, 'text'), param(whose.tenant, 'text')))];
  }
  if (filter.cleared) return [inOrder(`j.cleared_at is not null and j.tenant_id = ${param(whose.tenant, 'text')}`)];
  if (subjects) return [sorted(`j.subject = any (${param(subjects, 'bigint[]')})`)];
  const statuses = statusesOf(filter);
  const ended = TERMINAL_STATUSES.filter((status) => statuses.includes(status));
  return [
    ...ended.map((status) => inOrder(endedWalk(filter, whose, status, param))),
    ...(ended.length < statuses.length ? liveWalks(kinds, filter, statuses, whose, param) : []),
  ];
}

const inOrder = (where: string): Walk => ({ where, inOrder: true });
const sorted = (where: string): Walk => ({ where, inOrder: false });

/** What the indexes of ended jobs hold. */
const LISTED = 'not j.live and not j.superseded and j.cleared_at is null and j.orphaned_at is null';

/**
 * Each in words that one index answers, and nothing else: what it does not hold is left to the filter's condition, so that
 * a walk reads no more rows than it looks at. `generation > 0` names an index of the whole tenant.
 */
function endedWalk(filter: JobFilter, { tenant, userId }: Whose, status: Status, param: Param): string {
  const { error_code, fingerprint, ended_after, ended_before } = filter;
  const ended = `j.tenant_id = ${param(tenant, 'text')} and j.status = '${status}' and ${LISTED}`;
  // A parameter that nothing reads has no type: each is made where it is used.
  const whoseOf = () => (userId === undefined ? 'j.generation > 0' : `j.user_id = ${param(userId, 'bigint')}`);
  if (orderOf(filter) === 'ended') {
    const since = ended_after === undefined ? '' : ` and j.ended_at >= ${param(ended_after, 'timestamptz')}`;
    const until = ended_before === undefined ? '' : ` and j.ended_at < ${param(ended_before, 'timestamptz')}`;
    if (fingerprint === undefined) return `${ended} and j.generation > 0${since}${until}`;
    return `${ended} and ${whoseOf()} and j.fingerprint = ${param(fingerprint, 'text')}${since}${until}`;
  }
  if (status === 'failed' && userId === undefined && error_code !== undefined) {
    // Without the word for the others: only the index by code has this order.
    return `${ended} and j.error_code = ${param(error_code, 'text')}`;
  }
  return `${ended} and ${whoseOf()}`;
}

function liveWalks(
  kinds: JobKinds,
  filter: JobFilter,
  statuses: readonly Status[],
  { tenant, userId }: Whose,
  param: Param,
): Walk[] {
  const { phase: phases = PHASES, error_code } = filter;
  const ofTenant = `j.tenant_id = ${param(tenant, 'text')}`;
  const has = (status: Status, phase: Phase) => statuses.includes(status) && phases.includes(phase);
  // No attempt has been made outside of Temporal, except of what is parked.
  const hasNoError = error_code === undefined;
  const walks: Walk[] = [];
  // As many as the gate lets in.
  if (phases.some((phase) => !OUTSIDE.includes(phase))) walks.push(sorted(`j.in_engine and ${ofTenant}`));
  if (has('deferred', 'parked')) walks.push(sorted(`j.phase = 'parked' and ${ofTenant}`));
  if (hasNoError && (statuses.includes('scheduled') || has('deferred', 'dependency'))) {
    walks.push(inOrder(`(j.status = 'scheduled' or j.phase = 'dependency') and ${ofTenant}`));
  }
  if (hasNoError && has('queued', 'admission')) {
    // Waiting jobs of everybody stand in no order by number: they are among the newest of all jobs.
    if (userId === undefined) walks.push({ where: ofTenant, inOrder: true, only: WAITS });
    else walks.push(...waitingWalks(kinds, `${ofTenant} and j.user_id = ${param(userId, 'bigint')}`));
  }
  return walks;
}

const WAITS = `j.status = 'queued' and j.phase = 'admission'`;
const OUTSIDE: readonly Phase[] = ['admission', 'dependency', 'parked'];

function waitingWalks(kinds: JobKinds, ofUser: string): Walk[] {
  return kinds.names.flatMap((kind) =>
    Object.values(PRIORITY_KEYS).map((priority) =>
      inOrder(`${WAITS} and ${ofUser} and j.kind = '${kind}' and j.priority = ${priority}`),
    ),
  );
}
