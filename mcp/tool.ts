import { checkInput } from '../src/contract/check-input.ts';
import { type OperationKey, operations } from '../src/contract/operations.ts';
import type { CallContext } from '../src/contract/principal.ts';
import { callByKey, type InputOf, type OutputOf, type QueueApi } from '../src/contract/queue-api.ts';
import { cleanData } from '../src/words/untrusted.ts';
import { readArguments } from './arguments/host-arguments.ts';

/** What a tool adds to its operation: words for a model, and nothing else. */
export interface ToolWords<K extends OperationKey> {
  readonly operation: K;
  /** For people, in a host's list. */
  readonly title: string;
  /** For models: when to use it, and what comes back. A constant: no value of any tenant ever stands here. */
  readonly description: string;
  /** The fields of the output that `tools/list` names. */
  readonly lists: readonly (keyof OutputOf<K> & string)[];
  /** Optional fields of the input that `tools/list` leaves out, since every model would pay for them; they are read all the same. */
  readonly unlisted?: readonly (keyof InputOf<K> & string)[];
  /** Short: identity, state, the next useful call. Text that was stored or read stands only inside `untrustedBlock`. */
  readonly say: (output: OutputOf<K>, waitedS: number) => string;
  /** The same shape with long lists cut, where an answer could grow; `say` gets the whole one. */
  readonly brief?: (output: OutputOf<K>) => OutputOf<K>;
  /** How the queue is asked, where that is more than one call of the operation. */
  readonly ask?: (queue: QueueApi, input: InputOf<K>, context: ToolContext) => Promise<OutputOf<K>>;
}

export interface ToolContext extends CallContext {
  /** The longest wait of one call. */
  readonly maxWaitS: number;
}

/** A tool of any operation, ready to register. */
export interface Tool {
  readonly operation: OperationKey;
  readonly title: string;
  readonly description: string;
  readonly lists: readonly string[];
  readonly unlisted: readonly string[];
  /**
   * One call: reads the arguments, asks the queue, checks the answer, says it.
   * @param sent the arguments as a host sent them
   * @throws AppError as the operation does; anything else is a fault of ours
   */
  readonly call: (queue: QueueApi, sent: unknown, context: ToolContext) => Promise<ToolReply>;
}

interface ToolReply {
  readonly text: string;
  readonly structured: Record<string, unknown>;
  /** For the log. */
  readonly jobId: string | undefined;
}

/** Declares a tool. */
export function tool<const K extends OperationKey>(words: ToolWords<K>): Tool {
  const row = operations[words.operation];
  const askOnce: NonNullable<ToolWords<K>['ask']> = (queue, input, { principal, signal, tell }) =>
    callByKey(queue, words.operation, input, { principal, signal, tell });
  const ask = words.ask ?? askOnce;
  return {
    operation: words.operation,
    title: words.title,
    description: words.description,
    lists: words.lists,
    unlisted: words.unlisted ?? [],
    call: async (queue, sent, context) => {
      const { values, notes } = readArguments({ tool: row.name, input: row.input, maxWaitS: context.maxWaitS }, sent);
      // Here already, so that a mistake starts no queue.
      const input = checkInput(row.input, values) as InputOf<K>;
      const askedAt = Date.now();
      const answer = await ask(queue, input, context);
      const waitedS = Math.round((Date.now() - askedAt) / 1_000);
      // The protocol says that results keep to the schema.
      const output = cleanData(row.output.parse(answer) as OutputOf<K>);
      const structured = { ...(words.brief?.(output) ?? output), ...(notes.length === 0 ? {} : { notes }) };
      const jobId = 'job_id' in structured ? structured.job_id : undefined;
      return {
        text: [...notes, words.say(output, waitedS)].join(' '),
        structured,
        jobId: typeof jobId === 'string' ? jobId : undefined,
      };
    },
  };
}
