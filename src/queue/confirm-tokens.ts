import { createHmac, timingSafeEqual } from 'node:crypto';
import type { BulkOperation } from '../contract/bulk.ts';
import { AppError } from '../contract/errors.ts';
import type { Priority } from '../contract/job.ts';
import type { JobFilter } from '../contract/job-filter.ts';
import type { Principal } from '../contract/principal.ts';
import type { Previewed } from '../ledger/bulk-preview.ts';
import type { ConfirmKey } from '../ledger/confirm-key.ts';

/** Changes when the meaning of what is signed does. */
const VERSION = 1;
const FORM = /^c(\d{1,6})\.([\w-]+)\.([\w-]+)$/;

/** What a preview has promised, as its token carries it. */
export interface Promised {
  /** Of the bulk that a confirmation makes: one, however often it comes. */
  readonly bulkId: string;
  readonly operation: BulkOperation;
  readonly filter: JobFilter;
  /** Whose jobs; null = anybody's in the tenant. */
  readonly onlyUser: number | null;
  readonly priority?: Priority | undefined;
  readonly rate_per_minute?: number | undefined;
  readonly total: number;
  /** The moment of the ledger that the preview saw. */
  readonly seen: Previewed['seen'];
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

type Signer = Pick<Principal, 'tenant' | 'user'>;

const macOf = (key: Uint8Array, { tenant, user }: Signer, payload: string) =>
  createHmac('sha256', key)
    .update(JSON.stringify(['confirm', VERSION, tenant, user, payload]))
    .digest('base64url');

/** A token is the promise itself, signed for its tenant and user: any process with the key honours it, and none keeps it. */
export function sealConfirm(key: Uint8Array, principal: Signer, promised: Promised): string {
  const payload = Buffer.from(JSON.stringify(promised)).toString('base64url');
  return `c${VERSION}.${payload}.${macOf(key, principal, payload)}`;
}

/**
 * @throws AppError confirm_invalid when it was made up or changed, or given to somebody else or by another call: the
 *   tokens of others are answered like ones that were made up
 */
export function openConfirm(key: Uint8Array, operation: BulkOperation, principal: Principal, token: string): Promised {
  const [, version, payload = '', mac = ''] = FORM.exec(token) ?? [];
  if (version === undefined) throw invalid('format', 'confirm_token is not one that a preview has given.');
  if (Number(version) !== VERSION) throw invalid('version', 'confirm_token is of another version of the queue.');
  // As text: several texts stand for the same bytes.
  const given = Buffer.from(mac);
  const wanted = Buffer.from(macOf(key, principal, payload));
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) {
    throw foreign();
  }
  const promised = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Promised;
  // The caller may no longer act for all whose jobs were previewed.
  if (!principal.scopes.has('act_as') && promised.onlyUser !== principal.user) throw foreign();
  if (promised.operation !== operation) {
    throw invalid('operation', `confirm_token was given by ${promised.operation}, not by ${operation}.`);
  }
  return promised;
}

/** @throws AppError confirm_expired */
export function refuseExpired({ expiresAt, seen }: Promised, { now, epoch }: ConfirmKey): void {
  if (now.getTime() < expiresAt && seen.epoch === epoch) return;
  const message = `The preview could be confirmed until ${new Date(expiresAt).toISOString()}.`;
  throw new AppError('confirm_expired', message, {
    fields: [{ pointer: '/confirm_token', code: 'confirm_expired', message }],
  });
}

/**
 * A confirmation names nothing else, or names it as the preview did.
 * @throws AppError confirm_invalid which field differs
 */
export function refuseOtherThanPromised(promised: Promised, given: Readonly<Record<string, unknown>>): void {
  const { filter, priority, rate_per_minute } = promised;
  const known: Readonly<Record<string, unknown>> = { ...filter, priority, rate_per_minute };
  for (const [name, value] of Object.entries(given)) {
    if (name === 'confirm_token' || value === undefined) continue;
    if (JSON.stringify(value) === JSON.stringify(known[name])) continue;
    throw invalid('changed', `${name} is not what the preview was asked for.`, name);
  }
}

const foreign = () => invalid('foreign', 'confirm_token was changed, or was given to another user.');

function invalid(code: string, message: string, field = 'confirm_token'): AppError {
  return new AppError('confirm_invalid', message, { fields: [{ pointer: `/${field}`, code, message }] });
}
