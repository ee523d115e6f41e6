import type { QueueClient } from '../client/index.ts';
import { AppError } from '../contract/errors.ts';
import type { OperationKey } from '../contract/operations.ts';
import type { KeyOperation } from '../maintenance/direct-keys.ts';
import { type ConnectionFlags, namesQueue } from './connection.ts';

export interface DirectFlags extends ConnectionFlags {
  readonly tenant?: string;
}

/** A command that can do without a running queue. */
export interface Directly {
  /** `DATABASE_URL` is set, and no queue is named. @throws AppError invalid_argument for a tenant of a queue */
  isMeant(flags: DirectFlags): boolean;
  /** What answers the call in place of a queue. */
  inDatabase(flags: DirectFlags): QueueClient;
}

const KEYS: readonly OperationKey[] = ['createKey', 'listKeys', 'rotateKey', 'revokeKey'];
const isOfKeys = (key: OperationKey): key is KeyOperation => KEYS.includes(key);

/** Keys, in the database itself: before there is one, no queue that wants a key can be asked for it. */
export function directly(key: OperationKey): Directly | undefined {
  if (!isOfKeys(key)) return undefined;
  return {
    isMeant(flags) {
      const hasDatabase = Boolean(process.env.DATABASE_URL || process.env.DATABASE_URL_FILE);
      if (hasDatabase && !namesQueue(flags)) return true;
      if (flags.tenant === undefined) return false;
      throw new AppError(
        'invalid_argument',
        '--tenant works on the database itself: a key of a queue has its tenant.',
        {
          hint: 'Set DATABASE_URL and name no queue, or leave --tenant out.',
        },
      );
    },
    inDatabase({ tenant }) {
      const call = async (input: unknown) =>
        (await import('../maintenance/direct-keys.ts')).keysInDatabase(key, input, tenant);
      // Only this operation is asked for.
      return { [key]: call } as unknown as QueueClient;
    },
  };
}
