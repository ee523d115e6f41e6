import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { AppError } from '../contract/errors.ts';
import type { Position } from '../ledger/feed.ts';

const VERSION = 1;
/** Version, epoch, cluster, transaction, event. */
const BYTES = 1 + 4 + 4 + 8 + 8;
const SEAL_BYTES = 8;

/** A position as text that only this ledger understands. */
export interface Cursors {
  /** @param cluster where the epoch of the position was spent: its number is given again when an old dump is restored */
  write(position: Position, cluster: string | null): string;
  /** @throws AppError invalid_argument when this ledger has never written the text */
  read(text: string): { readonly position: Position; readonly clusterTag: number };
}

/** @param ledgerId seals what is written: a cursor of another ledger, or one that was changed, is told from our own */
export function createCursors(ledgerId: string): Cursors {
  const seal = (body: Uint8Array) => createHmac('sha256', ledgerId).update(body).digest().subarray(0, SEAL_BYTES);
  return {
    write({ epoch, xid, id }, cluster) {
      const body = Buffer.alloc(BYTES);
      body.writeUInt8(VERSION, 0);
      body.writeUInt32BE(epoch, 1);
      body.writeUInt32BE(clusterTagOf(cluster), 5);
      body.writeBigUInt64BE(xid, 9);
      body.writeBigUInt64BE(BigInt(id), 17);
      return Buffer.concat([body, seal(body)]).toString('base64url');
    },
    read(text) {
      const bytes = Buffer.from(text, 'base64url');
      const body = bytes.subarray(0, BYTES);
      const sealed =
        bytes.length === BYTES + SEAL_BYTES &&
        bytes.toString('base64url') === text &&
        timingSafeEqual(bytes.subarray(BYTES), seal(body)) &&
        body.readUInt8(0) === VERSION;
      if (!sealed) throw noCursor();
      return {
        position: { epoch: body.readUInt32BE(1), xid: body.readBigUInt64BE(9), id: Number(body.readBigUInt64BE(17)) },
        clusterTag: body.readUInt32BE(5),
      };
    },
  };
}

/** A few bits of a cluster's name: enough to tell two clusters of one ledger apart. */
export function clusterTagOf(cluster: string | null): number {
  return createHash('sha256')
    .update(cluster ?? '')
    .digest()
    .readUInt32BE(0);
}

function noCursor(): AppError {
  const message = 'This is not a cursor of this queue.';
  return new AppError('invalid_argument', message, {
    hint: 'Use a cursor exactly as an event carried it, or begin without one.',
    fields: [{ pointer: '/cursor', code: 'invalid_argument', message }],
  });
}
