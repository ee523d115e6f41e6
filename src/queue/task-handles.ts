import { AppError } from '../contract/errors.ts';
import type { Principal } from '../contract/principal.ts';
import { createSealedText } from './sealed-text.ts';

/** What a task follows. */
export type Followed =
  | {
      /** An exact generation: a terminal task stays one, so a retry is another. */
      readonly job: string;
      /** When that job was made, in milliseconds since 1970: after a restore of the ledger another may have its id. */
      readonly made: number;
    }
  | { readonly batch: string };

/** The whole of a task: all else about it is the ledger's. */
export type TaskHandle = Followed & {
  /** Milliseconds since 1970, by the ledger's clock. */
  readonly at: number;
};

type Holder = Pick<Principal, 'tenant' | 'user'>;

/** 128 bits nobody guesses. */
const sealedBy = (key: Uint8Array) => createSealedText<TaskHandle>(key, { letter: 't', version: 1, macBytes: 16 });
const boundTo = ({ tenant, user }: Holder) => [tenant, user];

/** A task id is the task itself, signed for whom it is given to: any process with the key reads it, and none keeps it. */
export function sealTask(key: Uint8Array, holder: Holder, handle: TaskHandle): string {
  return sealedBy(key).seal(boundTo(holder), handle);
}

/** @throws AppError task_not_found alike when it was made up, changed, or given to somebody else */
export function openTask(key: Uint8Array, holder: Holder, taskId: string): TaskHandle {
  const opened = sealedBy(key).open(boundTo(holder), taskId);
  if ('fault' in opened) throw noSuchTask();
  return opened.value;
}

export function noSuchTask(): AppError {
  const message = 'There is no such task.';
  return new AppError('task_not_found', message, {
    fields: [{ pointer: '/task_id', code: 'task_not_found', message }],
  });
}
