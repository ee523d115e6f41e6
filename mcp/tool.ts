import { checkInput } from '../src/contract/check-input.ts';
import type { OperationKey } from '../src/contract/operations.ts';
import { operations } from '../src/contract/operations.ts';
import type { CallContext } from '../src/contract/principal.ts';
import type { InputOf, OutputOf, QueueApi } from '../src/contract/queue-api.ts';
import { cleanData } from './untrusted.ts';

/** What a tool adds to its operation: words for a model, and nothing else. */
export interface ToolWords<K extends OperationKey> {
  readonly operation: K;
  /** For people, in a host's list. */
  readonly title: string;
  /** For models: when to use it, and what comes back. A constant: no value of any tenant ever stands here. */
  readonly description: string;
  /** The fields of the output that `tools/list` names. */
  readonly lists: readonly (keyof OutputOf<K> & string)[];
  /** Short: identity, state, the next useful call. Text of a receipt only inside `untrustedBlock`. */
  readonly say: (output: OutputOf<K>) => string;
  /** The same shape with long lists cut, where an answer could grow; `say` gets the whole one. */
  readonly brief?: (output: OutputOf<K>) => OutputOf<K>;
}

/** A tool of any operation, ready to register. */
export interface Tool {
  readonly operation: OperationKey;
  readonly title: string;
  readonly description: string;
  readonly lists: readonly string[];
  /**
   * One call: reads the arguments, asks the queue, checks the answer, says it.
   * @throws AppError as the operation does; anything else is a fault of ours
   */
  readonly call: (queue: QueueApi, args: unknown, context: CallContext) => Promise<ToolReply>;
}

interface ToolReply {
  readonly text: string;
  readonly structured: Record<string, unknown>;
  /** For the log. */
  readonly jobId: string | undefined;
}

type Handlers = {
  readonly [K in OperationKey]: (input: InputOf<K>, context: CallContext) => Promise<OutputOf<K>>;
};

/** Declares a tool. */
export function tool<const K extends OperationKey>(words: ToolWords<K>): Tool {
  const row = operations[words.operation];
  return {
    operation: words.operation,
    title: words.title,
    description: words.description,
    lists: words.lists,
    call: async (queue, args, context) => {
      const input = checkInput(row.input, args ?? {}) as InputOf<K>;
      const handlers: Handlers = queue;
      const answer = await handlers[words.operation](input, context);
      // The protocol says that results keep to the schema; what the row does not name never leaves.
      const output = cleanData(row.output.parse(answer) as OutputOf<K>);
      const structured: Record<string, unknown> = { ...(words.brief?.(output) ?? output) };
      const jobId = structured.job_id;
      return { text: words.say(output), structured, jobId: typeof jobId === 'string' ? jobId : undefined };
    },
  };
}
