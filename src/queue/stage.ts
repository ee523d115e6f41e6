import type { CallRow } from '../contract/operation.ts';
import type { CallContext } from '../contract/principal.ts';
import type { Caller } from './caller.ts';

/** What the pipeline knows of every row; a stream has no one output. */
export type CalledRow = Pick<CallRow, 'name' | 'input' | 'scope'> & Partial<CallRow>;

/** A call on its way to its handler. */
export interface Call {
  readonly row: CalledRow;
  readonly context: CallContext;
  /** As it was sent, until `inputChecked`. */
  input: Readonly<Record<string, unknown>>;
  /** Set by `callerFound`. */
  caller?: Caller;
}

/** One thing that happens to every call. It answers with what `next` answers, or throws, or answers by itself. */
export type Stage = (call: Call, next: () => Promise<unknown>) => Promise<unknown>;
