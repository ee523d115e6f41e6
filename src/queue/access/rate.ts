import { CALL_RATE } from '../../contract/access-policies.ts';
import { AppError } from '../../contract/errors.ts';
import { isIdentified } from '../../contract/principal.ts';
import type { Stage } from '../pipeline.ts';
import { createBuckets } from './buckets.ts';

/**
 * So many calls of one operation by one key, or by one user who has tokens. Who needs no key is alone on a machine, and is not held to it.
 * @throws AppError rate_limited, from its stage
 */
export function createRateHeld(now?: () => number): Stage {
  const rates = createBuckets(CALL_RATE, now);
  return async ({ row, context }, next) => {
    const { keyId, tenant, user } = context.principal;
    const name = keyId ?? `${tenant} ${user}`;
    const waitS = isIdentified(context.principal) ? rates.take(`${name} ${row.name}`) : 0;
    if (waitS === 0) return next();
    throw new AppError(
      'rate_limited',
      `${keyId === undefined ? `User ${user}` : `The key ${keyId}`} calls ${row.name} more than ${CALL_RATE.perS} times a second.`,
      {
        retryAfterS: Math.ceil(waitS),
      },
    );
  };
}
