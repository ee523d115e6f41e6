import type { BulkOperation } from '../contract/bulk.ts';
import { AppError } from '../contract/errors.ts';
import type { Priority } from '../contract/job.ts';
import type { JobFilter } from '../contract/job-filter.ts';
import type { Principal } from '../contract/principal.ts';
import type { ConfirmKey } from '../ledger/access/confirm-key.ts';
import type { Previewed } from '../ledger/bulks/bulk-preview.ts';
import { createSealedText, type SealFault } from './sealed-text.ts';

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

const sealedBy = (key: Uint8Array) => createSealedText<Promised>(key, { letter: 'c', version: 1, macBytes: 32 });
const boundTo = ({ tenant, user }: Signer) => [tenant, user];

const SAYS: Readonly<Record<SealFault, string>> = {
  format: 'confirm_token is not one that a preview has given.',
  version: 'confirm_token is of another version of the queue.',
  foreign: 'confirm_token was changed, or was given to another user.',
};

/** A token is the promise itself, signed for its tenant and user: any process with the key honours it, and none keeps it. */
export function sealConfirm(key: Uint8Array, principal: Signer, promised: Promised): string {
  return sealedBy(key).seal(boundTo(principal), promised);
}

/**
 * @throws AppError confirm_invalid when it was made up or changed, or given to somebody else or by another call: the
 *   tokens of others are answered like ones that were made up
 */
export function openConfirm(key: Uint8Array, operation: BulkOperation, principal: Principal, token: string): Promised {
  const opened = sealedBy(key).open(boundTo(principal), token);
  if ('fault' in opened) throw unopened(opened.fault);
  const promised = opened.value;
  // The caller may no longer act for all whose jobs were previewed.
  if (!principal.scopes.has('act_as') && promised.onlyUser !== principal.user) throw unopened('foreign');
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

const unopened = (fault: SealFault) => invalid(fault, SAYS[fault]);

function invalid(code: string, message: string, field = 'confirm_token'): AppError {
  return new AppError('confirm_invalid', message, { fields: [{ pointer: `/${field}`, code, message }] });
}
