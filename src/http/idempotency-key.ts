import { z } from 'zod';
import { checkInput } from '../contract/check-input.ts';
import { idempotencyKey } from '../contract/fields.ts';
import type { Call } from './route.ts';

const keyHeader = z.strictObject({ 'Idempotency-Key': idempotencyKey.optional() });

/**
 * The `Idempotency-Key` of a call, for routes whose arguments are no operation's.
 * @throws AppError invalid_argument
 */
export function idempotencyKeyOf(call: Call): string | undefined {
  return checkInput(keyHeader, { 'Idempotency-Key': call.req.header('idempotency-key') })['Idempotency-Key'];
}
