import { isAppError } from '../../../src/contract/errors.ts';
import type { QueueApi } from '../../../src/contract/queue-api.ts';
import type { Db } from '../../../src/ledger/db.ts';

/** What a suite is run against: read inside the tests. */
export interface Subject {
  readonly queue: QueueApi;
  /** The database behind it. */
  readonly db: Db;
}

/** What a caller sees of an error; over HTTP and in the service it must be the same. */
export async function errorOf(
  call: Promise<unknown>,
): Promise<{ code: string; message: string; hint: string; pointers: string[] }> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!isAppError(error)) throw new Error(`an AppError was expected, not ${String(error)}`);
  const { code, message, hint, fields } = error;
  return { code, message, hint, pointers: fields.map(({ pointer }) => pointer) };
}
