import { invalidArgument } from '../contract/check-input.ts';
import { toAppError } from '../contract/errors.ts';
import { type AskedJob, generationIdOf, parseJobId } from '../contract/job.ts';
import type { WaitedJob } from '../contract/operations/wait-for-jobs.ts';
import { LIMITS } from '../contract/policies.ts';
import type { InputOf, OutputOf } from '../contract/queue-api.ts';
import { type BatchRow, readBatch, readCountedBatch } from '../ledger/batches/batches.ts';
import type { FeedEvent, Position } from '../ledger/feed.ts';
import {
  type AskedRow,
  type EndedRow,
  liveElsewhere,
  readAsked,
  readEnds,
  type Stretch,
  type WaitedRow,
} from '../ledger/waited.ts';
import { batchView, noSuchBatch } from './batches.ts';
import type { Caller } from './caller.ts';
import type { QueueDeps } from './deps.ts';
import type { Handlers } from './pipeline.ts';
import { expired, noSuchJob, noSuchKind, resultDeleted } from './refusals.ts';
import { isEnd, type Watch, type Watched } from './wait.ts';

type Input = InputOf<'waitForJobs'>;
type Output = OutputOf<'waitForJobs'>;

const ONE_OF = 'Give either job_ids or batch_id.';

/** The position before everything: without a cursor all is told. */
const START = { xid: 0n, id: 0 } as const;

export function createWaitForJobs(deps: Pick<QueueDeps, 'feed'>, watch: Watch): Handlers['waitForJobs'] {
  return async (input, caller) => {
    const { job_ids, batch_id, until = 'all', wait_seconds = LIMITS.askSeconds, cursor } = input;
    if ((job_ids === undefined) === (batch_id === undefined)) throw invalidArgument('job_ids', 'ambiguous', ONE_OF);
    const from = cursor === undefined ? undefined : await deps.feed.positionOf(cursor);
    const waited =
      batch_id === undefined
        ? waitedJobs(deps, caller, job_ids ?? [], { until, from })
        : waitedBatch(deps, caller, batch_id, { until, from });
    const isMet = (seen: Seen) => seen.isMet;
    const seen =
      wait_seconds === 0 ? await waited.read() : await watch.wait(waited, isMet, wait_seconds * 1_000, caller.signal);
    const batch = batch_id === undefined ? undefined : await readCountedBatch(caller.db, caller, batch_id);
    return {
      met: seen.isMet,
      jobs: seen.jobs,
      gone: seen.gone,
      waiting: batch?.live ?? seen.open.size,
      more: seen.more,
      batch: batch ? batchView(batch) : null,
      cursor: await deps.feed.cursorOf(seen.end),
    };
  };
}

/** What one read has found. */
interface Seen {
  readonly isMet: boolean;
  readonly jobs: Output['jobs'];
  readonly gone: Output['gone'];
  /** The jobs whose next event is news. */
  readonly open: ReadonlySet<number>;
  readonly more: boolean;
  /** Where the next call goes on. */
  readonly end: Position;
}

interface Terms {
  readonly until: NonNullable<Input['until']>;
  readonly from: Position | undefined;
}

/** A cursor of an earlier epoch was given before the ledger was moved: everything is told once more. */
function stretchTo(end: Position, { from }: Terms): Stretch {
  return { after: from?.epoch === end.epoch ? from : START, end };
}

function waitedJobs(
  { feed }: Pick<QueueDeps, 'feed'>,
  caller: Caller,
  jobIds: readonly string[],
  terms: Terms,
): Watched<Seen> {
  const { db, tenant, userId } = caller;
  const { until, from } = terms;
  const ids = [...new Set(jobIds)];
  const asked = ids.map((jobId) => ({ jobId, key: parseJobId(jobId) }));
  const kinds = [...new Set(asked.flatMap(({ key }) => (key && db.kinds.find(key.kind) ? key.kind : [])))];

  async function read(): Promise<Seen> {
    const end = await feed.end();
    const stretch = stretchTo(end, terms);
    const rows = new Map<string, AskedRow>();
    for (const kind of kinds) {
      const ofKind = asked.filter((each): each is { jobId: string; key: AskedJob } => each.key?.kind === kind);
      const keys = ofKind.map(({ key }) => key);
      for (const row of await readAsked(db, { tenant, userId }, kind, keys, stretch)) {
        const jobId = ofKind[row.ord - 1]?.jobId;
        if (jobId !== undefined) rows.set(jobId, row);
      }
    }
    const jobs: WaitedJob[] = [];
    const gone: Output['gone'] = [];
    const open = new Set<number>();
    let news = false;
    let ended = false;
    for (const jobId of ids) {
      const row = rows.get(jobId);
      const why = goneBecause(caller, jobId, row);
      if (why) {
        gone.push({ job_id: jobId, code: why.code, message: why.message });
        ended ||= from === undefined;
      } else if (row) {
        if (row.live) open.add(row.job_no);
        if (row.is_changed) jobs.push(viewOf(jobId, row));
        // While others may still come before, a change is told when the time is over; else a caller would be answered
        // with the same one again and again.
        const isNew = from === undefined || row.is_final;
        news ||= isNew;
        ended ||= isNew && !row.live;
      }
    }
    const isMet = open.size === 0 || { all: false, any: ended, changed: news }[until];
    return { isMet, jobs, gone, open, more: false, end };
  }

  return {
    key: JSON.stringify(['jobs', tenant, userId, ids, until, from && [from.epoch, String(from.xid), from.id]]),
    read,
    isNews: (event, { open }) => isOf(open, event) && (until === 'changed' ? event.state !== null : isEnd(event)),
    open: ({ open }) => open,
  };
}

/** The ends that one answer tells of. */
const PAGE = LIMITS.waitedJobs;

const isOf = (open: ReadonlySet<number>, { jobNo }: FeedEvent) => jobNo !== null && open.has(jobNo);

function waitedBatch({ feed }: Pick<QueueDeps, 'feed'>, caller: Caller, batchId: string, terms: Terms): Watched<Seen> {
  const { db, tenant, userId } = caller;
  const { until, from } = terms;

  async function read(): Promise<Seen> {
    const end = await feed.end();
    const row: BatchRow | undefined = await readBatch(db, { tenant, userId }, batchId);
    if (!row) throw noSuchBatch(batchId);
    const open = new Set(until === 'all' ? [] : await liveElsewhere(db, tenant, batchId));
    const found = await readEnds(db, tenant, batchId, stretchTo(end, terms), PAGE + 1);
    const shown = found.slice(0, PAGE);
    const last = shown.at(-1);
    const more = found.length > PAGE;
    const jobs = shown.flatMap((each) => (isOfJob(each) ? viewOf(generationIdOf(each), each) : []));
    const isNew = until === 'changed' ? from === undefined || shown.length > 0 : jobs.length > 0;
    return {
      isMet: row.ended_at !== null || (until !== 'all' && isNew),
      jobs,
      gone: [],
      open,
      more,
      end: more && last ? { epoch: end.epoch, xid: BigInt(last.xid), id: last.id } : end,
    };
  }

  return {
    key: JSON.stringify(['batch', tenant, userId, batchId, until, from && [from.epoch, String(from.xid), from.id]]),
    read,
    isNews(event, { open }) {
      if (until === 'all') return event.batchId === batchId && event.kind === 'batch_finished';
      if (isEnd(event) || event.kind === 'batch_finished') return event.batchId === batchId || isOf(open, event);
      // Perhaps of a member: its end will be news.
      return event.kind === 'enqueued' && event.tenant === tenant && (event.job?.generation ?? 1) > 1;
    },
    open: ({ open }) => [...open].slice(0, PAGE),
  };
}

const isOfJob = (row: EndedRow): row is EndedRow & WaitedRow => row.job_no !== null;

function viewOf(jobId: string, row: WaitedRow): WaitedJob {
  return {
    job_id: jobId,
    receipt_id: row.subject,
    generation: row.generation,
    status: row.status,
    phase: row.phase,
    attempts: row.attempt,
    next_attempt_at: row.next_attempt_at?.toISOString() ?? null,
    ended_at: row.ended_at?.toISOString() ?? null,
    error_code: row.error_code,
  };
}

/** As get_job_status would refuse each of them. */
function goneBecause({ db: { kinds } }: Caller, jobId: string, row: AskedRow | undefined) {
  const key = parseJobId(jobId);
  if (key && !kinds.find(key.kind)) return toAppError(noSuchKind(kinds, key.kind, jobId));
  if (!row) return noSuchJob(jobId);
  const type = kinds.of(row.kind);
  if (row.expired_at) return expired(type, jobId, row.subject);
  return row.subject_gone && row.status === 'finished' ? resultDeleted(type, jobId, row.subject) : undefined;
}
