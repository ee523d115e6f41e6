import { invalidArgument } from '../contract/check-input.ts';
import { AppError } from '../contract/errors.ts';
import { type CallContext, ownerOf } from '../contract/principal.ts';
import type { Db } from '../ledger/db.ts';

/** For whom a handler works, and what it may touch. */
export interface Caller extends CallContext {
  readonly tenant: string;
  /** The ledger, open for this tenant only. */
  readonly db: Db;
  /** Only what belongs to this user; undefined: to anybody in the tenant (only with scope `act_as`). */
  readonly userId: number | undefined;
  /** `ownerOf` the call. */
  readonly owner: number;
}

/**
 * The rule of `all_users`.
 * @param what the call makes for them: "schedule"
 * @throws AppError forbidden; invalid_argument where a user is named as well
 */
export function requireEverybody({ userId, principal }: Caller, named: number | undefined, what: string): void {
  if (named !== undefined) throw invalidArgument('all_users', 'contradiction', 'Give either user_id or all_users.');
  if (userId !== undefined || !principal.scopes.has('act_as')) {
    throw new AppError('forbidden', `A ${what} for all users needs scope act_as.`, {
      hint: `Leave all_users out: the ${what} is for your own receipts.`,
    });
  }
}

/**
 * The one rule of `user_id`: without scope `act_as` it is the caller's own. And the one place where a call is confined to
 * its tenant.
 * @param asked the `user_id` of the call
 * @throws AppError forbidden when the call names a user that the caller may not act for
 */
export function callerOf(ledger: Pick<Db, 'as'>, context: CallContext, asked: number | undefined): Caller {
  const { principal } = context;
  const { tenant, user, scopes } = principal;
  if (!scopes.has('act_as') && asked !== undefined && asked !== user) {
    throw new AppError('forbidden', `This key may not act for user ${asked}.`);
  }
  const { signal, tell, tellLimits, acting } = context;
  const userId = scopes.has('act_as') ? asked : user;
  return {
    principal,
    signal,
    tell,
    tellLimits,
    acting,
    tenant,
    db: ledger.as(tenant),
    userId,
    owner: ownerOf(principal, asked),
  };
}
