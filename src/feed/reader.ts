import { AppError } from '../contract/errors.ts';
import { FEED } from '../contract/policies.ts';
import type { Db } from '../ledger/db.ts';
import { beginEpochWhereMoved } from '../ledger/epochs.ts';
import {
  comparePositions,
  type Epoch,
  type FeedEvent,
  type Position,
  readEpochs,
  readFacts,
  readFinal,
  readNewest,
} from '../ledger/feed.ts';
import { type Cursors, clusterTagOf } from './cursor.ts';

export interface FeedStretch {
  readonly events: readonly FeedEvent[];
  /** Everything up to here is in `events` or was before. */
  readonly to: Position;
  /** More can be read at once. */
  readonly more: boolean;
  /** Transactions are under way: events may have been committed that are not final. */
  readonly unsettled: boolean;
}

/** Reads events page by page, over all epochs of the ledger. */
export interface FeedReader {
  /** Begins a new epoch where the ledger was restored into another cluster. @returns whether one began */
  look(): Promise<boolean>;
  /** The end of what is final: every transaction that commits later writes behind it. */
  end(): Promise<Position>;
  /** @throws AppError cursor_expired when events behind `after` may be gone */
  read(after: Position): Promise<FeedStretch>;
  /** Committed events behind `after` that are not final, the newest ones: as a hint, in no order that can be relied on. */
  newest(after: Position): Promise<readonly FeedEvent[]>;
  /** Reads of an epoch what is not known of it yet. */
  know(epoch: number): Promise<void>;
  /** Of a position that came from this reader. */
  cursorOf(position: Position): string;
  /** @throws AppError invalid_argument; cursor_expired when it was given after the moment that was restored */
  positionOf(cursor: string): Promise<Position>;
}

/** @param pageSize events that one statement reads */
export function createFeedReader(db: Db, cursors: Cursors, pageSize: number = FEED.page): FeedReader {
  let epochs: readonly Epoch[] = [];
  let isStale = true;

  async function epochOf(epoch: number): Promise<Epoch | undefined> {
    const known = () => epochs.find((each) => each.epoch === epoch);
    if (!isStale && known()) return known();
    epochs = await readEpochs(db);
    isStale = false;
    return known();
  }

  async function look(): Promise<boolean> {
    const begun = await beginEpochWhereMoved(db);
    if (begun) isStale = true;
    return begun;
  }

  return {
    look,
    async end() {
      const { epoch, xmin } = await readFacts(db);
      await epochOf(epoch);
      return { epoch, xid: xmin, id: 0 };
    },
    async read(after) {
      const of = await epochOf(after.epoch);
      if (!of) throw expired();
      const { facts, events } = await readFinal(db, of, after, pageSize);
      const isBeyond = of.end === null && after.xid > facts.xmax;
      // Another process has seen that the ledger moved, or this one sees it now: the epoch ends elsewhere.
      const isOld = facts.epoch !== epochs.at(-1)?.epoch || (of.end === null && facts.epoch !== of.epoch);
      if (isOld) isStale = true;
      if (isOld || (isBeyond && (await look()))) return { events: [], to: after, more: true, unsettled: false };
      if (isBeyond || comparePositions(after, facts.floor) < 0) throw expired();
      const isFull = events.length === pageSize;
      const next = isFull ? undefined : epochs.find(({ epoch }) => epoch === of.epoch + 1);
      const last = events.at(-1)?.position ?? after;
      const end = { epoch: of.epoch, xid: facts.xmin, id: 0 };
      return {
        events,
        to: next
          ? { epoch: next.epoch, xid: next.firstXid, id: 0 }
          : isFull || comparePositions(last, end) > 0
            ? last
            : end,
        more: isFull || next !== undefined,
        unsettled: facts.xmin < facts.xmax,
      };
    },
    async newest(after) {
      const of = await epochOf(after.epoch);
      return of && of.end === null ? readNewest(db, of, after, pageSize) : [];
    },
    async know(epoch) {
      await epochOf(epoch);
    },
    cursorOf(position) {
      const of = epochs.find(({ epoch }) => epoch === position.epoch);
      if (!of) throw new Error(`no event of epoch ${position.epoch} was read`);
      return cursors.write(position, of.cluster);
    },
    async positionOf(cursor) {
      const { position, clusterTag } = cursors.read(cursor);
      const of = await epochOf(position.epoch);
      if (!of || clusterTagOf(of.cluster) !== clusterTag) throw expired();
      return position;
    },
  };
}

function expired(): AppError {
  return new AppError('cursor_expired', 'Events behind this cursor are not kept any more.');
}
