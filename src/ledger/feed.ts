import type { EventKind } from '../contract/events.ts';
import type { JobKey } from '../contract/job.ts';
import type { Queryable } from './connection/queryable.ts';

/** A place in the order of all events: behind the event with these numbers. */
export interface Position {
  readonly epoch: number;
  /** The transaction that wrote the event, a 64-bit number. */
  readonly xid: bigint;
  readonly id: number;
}

/** @returns below 0 when `a` comes first, 0 when they are the same */
export function comparePositions(a: Position, b: Position): number {
  if (a.epoch !== b.epoch) return a.epoch - b.epoch;
  if (a.xid !== b.xid) return a.xid < b.xid ? -1 : 1;
  return a.id - b.id;
}

export interface FeedEvent {
  readonly position: Position;
  /** Null: it is about no single job, but a batch, a budget, a schedule or the breaker. */
  readonly jobNo: number | null;
  /** How that job is called outside. */
  readonly job: JobKey | null;
  readonly tenant: string;
  /** 0: of the whole tenant. */
  readonly userId: number;
  readonly batchId: string | null;
  readonly kind: EventKind;
  /** status/phase after the event; null where it changed neither. */
  readonly state: string | null;
  readonly runNo: number | null;
  readonly attempt: number | null;
  readonly data: unknown;
  readonly at: Date;
}

/** The time that the ledger spent in one cluster, and where its events are (functions/epochs.sql). */
export interface Epoch {
  readonly epoch: number;
  readonly cluster: string | null;
  readonly firstId: number;
  readonly firstXid: bigint;
  /** Where the next one begins, and its `prior_xid`; null of the present epoch. */
  readonly end: { readonly id: number; readonly xid: bigint } | null;
}

type EpochRow = { epoch: number; cluster: string | null; first_id: number; first_xid: string; prior_xid: string };

/** @returns all of them, the first one first */
export async function readEpochs(db: Queryable): Promise<Epoch[]> {
  const rows = await db.query<EpochRow>(
    `select epoch, cluster, first_id, first_xid::text, prior_xid::text from pantry_queue.epochs order by epoch`,
  );
  return rows.map((row, nth) => {
    const next = rows[nth + 1];
    return {
      epoch: row.epoch,
      cluster: row.cluster,
      firstId: row.first_id,
      firstXid: BigInt(row.first_xid),
      end: next ? { id: next.first_id, xid: BigInt(next.prior_xid) } : null,
    };
  });
}

/** What holds for the whole feed, in the snapshot that a page was read in. */
export interface FeedFacts {
  readonly epoch: number;
  /** Events up to here may be gone. */
  readonly floor: Position;
  /** Of the present epoch: rows below `xmin` are final, those from `xmax` on are still to come. */
  readonly xmin: bigint;
  readonly xmax: bigint;
}

type FactsRow = {
  present_epoch: number;
  floor_epoch: number;
  floor_xid: string;
  floor_id: number;
  xmin: string;
  xmax: string;
};
type PageRow = FactsRow & {
  xid: string;
  id: number | null;
  job_no: number | null;
  tenant_id: string;
  user_id: number;
  batch_id: string | null;
  kind: EventKind;
  state: string | null;
  run_no: number | null;
  attempt: number | null;
  data: unknown;
  at: Date;
  job_kind: string | null;
  subject: number | null;
  generation: number | null;
};

const FACTS = `
select (select epoch from pantry_queue.epochs order by epoch desc limit 1) as present_epoch,
  l.floor_epoch, l.floor_xid, l.floor_id,
  pg_snapshot_xmin(pg_current_snapshot()) as xmin, pg_snapshot_xmax(pg_current_snapshot()) as xmax
from pantry_queue.ledger l`;
const FACT_COLUMNS = `f.present_epoch, f.floor_epoch, f.floor_xid::text, f.floor_id, f.xmin::text, f.xmax::text`;

/** A range of the primary key, whatever lies before and behind it; the facts come also where no event does. */
const page = (range: string, direction = '') => `
select ${FACT_COLUMNS}, e.xid::text, e.id, e.job_no, e.tenant_id, e.user_id, e.batch_id, e.kind, e.state, e.run_no, e.attempt,
  e.data, e.at, j.kind as job_kind, j.subject, j.generation
from (${FACTS}) f left join lateral (
  select * from pantry_queue.events e
  where (e.xid, e.id) > ($1::xid8, $2::bigint) and e.id >= $3 and ${range}
  order by e.xid ${direction}, e.id ${direction} limit $4) e on true
left join pantry_queue.jobs j on j.job_no = e.job_no
order by e.xid ${direction}, e.id ${direction}`;

const FINAL = page('e.xid < pg_snapshot_xmin(pg_current_snapshot())');
const OF_CLOSED_EPOCH = page('e.xid <= $5::xid8 and e.id < $6');
/** Committed and not final: others that come before may still follow. */
const NEWEST = page('e.xid >= pg_snapshot_xmin(pg_current_snapshot())', 'desc');

export interface FeedPage {
  readonly facts: FeedFacts;
  readonly events: readonly FeedEvent[];
}

/** The final events of one epoch behind a position, in order. */
export async function readFinal(db: Queryable, of: Epoch, after: Position, limit: number): Promise<FeedPage> {
  const values = [String(after.xid), after.id, of.firstId, limit];
  const rows = of.end
    ? await db.query<PageRow>(OF_CLOSED_EPOCH, [...values, String(of.end.xid), of.end.id])
    : await db.query<PageRow>(FINAL, values);
  return toPage(rows, of);
}

/** The newest committed events of the present epoch that are not final yet, behind a position. */
export async function readNewest(db: Queryable, present: Epoch, after: Position, limit: number): Promise<FeedEvent[]> {
  const rows = await db.query<PageRow>(NEWEST, [String(after.xid), after.id, present.firstId, limit]);
  return toEvents(rows, present);
}

export async function readFacts(db: Queryable): Promise<FeedFacts> {
  const [row] = await db.query<FactsRow>(`select ${FACT_COLUMNS} from (${FACTS}) f`);
  return toFacts(row);
}

function toPage(rows: readonly PageRow[], of: Epoch): FeedPage {
  return { facts: toFacts(rows[0]), events: toEvents(rows, of) };
}

function toFacts(row: FactsRow | undefined): FeedFacts {
  if (!row) throw new Error('the ledger has no row');
  return {
    epoch: row.present_epoch,
    floor: { epoch: row.floor_epoch, xid: BigInt(row.floor_xid), id: row.floor_id },
    xmin: BigInt(row.xmin),
    xmax: BigInt(row.xmax),
  };
}

function toEvents(rows: readonly PageRow[], { epoch }: Epoch): FeedEvent[] {
  return rows.flatMap((row) =>
    row.id === null
      ? []
      : {
          position: { epoch, xid: BigInt(row.xid), id: row.id },
          jobNo: row.job_no,
          job: jobOf(row),
          tenant: row.tenant_id,
          userId: row.user_id,
          batchId: row.batch_id,
          kind: row.kind,
          state: row.state,
          runNo: row.run_no,
          attempt: row.attempt,
          data: row.data,
          at: row.at,
        },
  );
}

function jobOf({ job_kind: kind, subject, generation }: PageRow): JobKey | null {
  return kind === null || subject === null || generation === null ? null : { kind, subject, generation };
}
