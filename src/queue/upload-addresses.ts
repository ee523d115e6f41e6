import { randomUUID } from 'node:crypto';
import { AppError, isAppError } from '../contract/errors.ts';
import type { Principal } from '../contract/principal.ts';
import type { AddedReceipt, InputOf, QueueApi } from '../contract/queue-api.ts';
import { readConfirmKey } from '../ledger/access/confirm-key.ts';
import type { Db } from '../ledger/db.ts';
import type { Handlers } from './pipeline.ts';
import { createSealedText } from './sealed-text.ts';

const VALID_MS = 15 * 60_000;

/** What an address allows, as it carries it: any process with the key honours it, and none keeps it. */
interface Allowed extends Pick<InputOf<'addReceipt'>, 'purchase_date' | 'priority'> {
  /** Becomes the idempotency key of the upload, so that one photo comes of it. */
  readonly id: string;
  readonly tenant: string;
  readonly user: number;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

const sealedBy = (key: Uint8Array) => createSealedText<Allowed>(key, { letter: 'u', version: 1, macBytes: 32 });

export const createUpload: Handlers['createUpload'] = async ({ purchase_date, priority }, { db, tenant, owner }) => {
  const { key, now } = await readConfirmKey(db);
  const expiresAt = now.getTime() + VALID_MS;
  const allowed = { id: `upload-${randomUUID()}`, tenant, user: owner, expiresAt, purchase_date, priority };
  return { path: `/uploads/${sealedBy(key).seal([], allowed)}`, expires_at: new Date(expiresAt).toISOString() };
};

/** An address that may still be used. */
export interface UploadAddress {
  /**
   * The same photo again is answered as the first time.
   * @throws AppError upload_address_gone when another photo came by it; else as `addReceipt`
   */
  add(bytes: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): Promise<AddedReceipt>;
}

/** @throws AppError not_found for a token that was made up or changed, upload_address_gone */
export type OpenUpload = (token: string) => Promise<UploadAddress>;

/** @param db open for all tenants: the token says which */
export function createOpenUpload(db: Db, { addReceipt }: Pick<QueueApi, 'addReceipt'>): OpenUpload {
  return async (token) => {
    const { key, now } = await readConfirmKey(db);
    const opened = sealedBy(key).open([], token);
    if ('fault' in opened) throw new AppError('not_found', 'Nothing is served at this address.');
    const { id, tenant, user, expiresAt, ...said } = opened.value;
    if (now.getTime() >= expiresAt) {
      throw gone(`This upload address could be used until ${new Date(expiresAt).toISOString()}.`);
    }
    const principal: Principal = { tenant, user, scopes: new Set(['jobs:write'] as const) };
    return {
      add: (bytes, signal) =>
        addReceipt({ ...said, bytes, idempotency: { key: id } }, { principal, signal }).catch((error: unknown) => {
          const isUsed = isAppError(error) && error.code === 'idempotency_conflict';
          throw isUsed ? gone('Another photo was uploaded to this address.') : error;
        }),
    };
  };
}

const gone = (message: string) => new AppError('upload_address_gone', message);
