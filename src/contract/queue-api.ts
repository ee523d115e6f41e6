import type { z } from 'zod';
import type { Job } from './fields.ts';
import type { Receipt } from './operations/receipts.ts';
import type { OperationKey, Operations } from './operations.ts';
import type { CallContext } from './principal.ts';

export type InputOf<K extends OperationKey> = z.infer<Operations[K]['input']>;
export type OutputOf<K extends OperationKey> = z.infer<Operations[K]['output']>;

/** An image on its way in: its bytes as a stream, so that no door ever holds a whole file in memory. */
export interface Upload {
  /** A JPEG without an end mark is read twice, and refused when that cannot be. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** `YYYY-MM-DD`, when a person said it: never a default, since the reading is compared with it. */
  readonly purchaseDate?: string | undefined;
  readonly userId?: number | undefined;
  /** A request that is repeated under its key becomes no second receipt; `part` tells the files of one request apart. */
  readonly idempotency?: { readonly key: string; readonly part?: string } | undefined;
}

export interface AddedReceipt {
  readonly receipt: Receipt;
  readonly job: Job;
}

/**
 * Everything the queue can do. The service implements it over the ledger (`createQueue`), the client over HTTP
 * (`createQueueClient`); MCP, CLI and HTTP routes do not know which they hold.
 */
export type QueueApi = {
  readonly [K in OperationKey]: (input: InputOf<K>, context: CallContext) => Promise<OutputOf<K>>;
} & {
  /**
   * Stores an image, makes its receipt and queues it, in that order: no row without its image.
   * @throws unsupported_image, image_too_large, image_unreadable, invalid_argument, storage_full, ledger_unavailable;
   *   with a key also idempotency_conflict, receipt_deleted
   */
  addReceipt(upload: Upload, context: CallContext): Promise<AddedReceipt>;
};
