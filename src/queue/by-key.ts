import { createHash } from 'node:crypto';
import { AppError } from '../contract/errors.ts';
import { type CallKeyOf, claimKey, findCall, type KeptCall, keepAnswer } from '../ledger/access/idempotency-keys.ts';
import { inTransaction } from '../ledger/connection/in-transaction.ts';
import type { Caller } from './caller.ts';
import type { HandlerDeps } from './deps.ts';
import type { Call, Stage } from './stage.ts';

/**
 * A call under an `Idempotency-Key`, of any operation whose row says `keyed`: it runs in one transaction with the row of
 * its key, which keeps the answer. The same call again is answered with that; two at once wait for each other.
 * @param uploads the stage of uploads, whose image is no part of a transaction: their own statement keeps the key
 */
export function createByKey({ notifier }: Pick<HandlerDeps, 'notifier'>, uploads: Stage): Stage {
  return async (call, next) => {
    const { row, caller } = call;
    if (row.repeat !== 'keyed' || !caller) return next();
    if (!Object.hasOwn(row.input.shape, 'idempotency_key')) return uploads(call, next);
    const key = keyOf(call, caller);
    if (!key) return next();
    const fingerprint = fingerprintOf(call.input);
    const answer = await caller.db.transaction(async (tx) => {
      if (!(await claimKey(tx, key, fingerprint))) return undefined;
      call.caller = { ...caller, db: inTransaction(caller.db, tx) };
      const given = await next();
      await keepAnswer(tx, key, given);
      return { given };
    });
    if (answer) {
      // A reader who was told before the commit has found nothing.
      notifier.changed([], { gate: true });
      return answer.given;
    }
    return answerOf(await findCall(caller.db, key), fingerprint);
  };
}

function keyOf({ row, input }: Call, { tenant, owner }: Caller): CallKeyOf | undefined {
  const key = input.idempotency_key;
  return typeof key === 'string' ? { tenant, userId: owner, key: `${row.name} ${key}` } : undefined;
}

/** Of all that was asked for but the key itself. */
function fingerprintOf(input: Readonly<Record<string, unknown>>): string {
  const asked = Object.entries(input).filter(([name, value]) => name !== 'idempotency_key' && value !== undefined);
  asked.sort(([left], [right]) => (left < right ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(asked)).digest('hex');
}

function answerOf(kept: KeptCall | undefined, fingerprint: string): unknown {
  if (!kept) {
    throw new AppError('ledger_unavailable', 'The call that came first under this Idempotency-Key is gone.', {
      retryAfterS: 1,
    });
  }
  if (kept.fingerprint === fingerprint) return kept.answer;
  const message = 'This Idempotency-Key was used before, with other arguments.';
  throw new AppError('idempotency_conflict', message, {
    hint: 'Give each call a key of its own; repeat a key only with the same arguments.',
    fields: [{ pointer: '/idempotency_key', code: 'idempotency_conflict', message }],
  });
}
