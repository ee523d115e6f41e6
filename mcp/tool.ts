import type { CallToolResult } from '@modelcontextprotocol/server';
import type { z } from 'zod';
import { checkInput } from '../src/contract/check-input.ts';
import type { Effect, Repeat } from '../src/contract/operation.ts';
import type { CallContext } from '../src/contract/principal.ts';
import type { QueueApi } from '../src/contract/queue-api.ts';
import { type Answer, resultOf, shownAnswer } from './answer.ts';
import { readArguments } from './arguments/host-arguments.ts';
import { QuestionForPerson } from './person.ts';
import type { LocalPhotos } from './photos/local-photos.ts';
import { type Picture, pictureResult } from './picture.ts';

/** What a tool is, for its list and for its calls. */
export interface ToolWords<Input extends z.ZodObject> {
  readonly name: string;
  /** For people, in a host's list. */
  readonly title: string;
  /** For models: when to use it, and what comes back. A constant: no value of any tenant ever stands here. */
  readonly description: string;
  /** Strict: an unknown argument is named, not lost. */
  readonly input: Input;
  /** Arguments that `tools/list` leaves out, since every model would pay for them; they are read all the same. */
  readonly unlisted?: readonly (keyof z.infer<Input> & string)[];
  readonly effect: Effect;
  /** May it be made again when its answer was lost? */
  readonly repeat: Exclude<Repeat, 'keyed'>;
  /** Does it make an agent read an image? */
  readonly reachesAgent?: boolean;
  /** The most that an answer to these arguments holds. Default: `MAX_ANSWER_BYTES`. */
  readonly maxBytes?: (args: z.infer<Input>) => number;
  /** The work that goes on behind an answer: a client that declares tasks gets a task of it in its place. */
  readonly goesOn?: (shown: Readonly<Record<string, unknown>>) => Work | undefined;
  /** @throws AppError as the operations do that it calls */
  readonly answer: (args: z.infer<Input>, asked: Asked) => Promise<Answer>;
}

/** What can be followed as a task. */
export type Work = { readonly job_id: string } | { readonly batch_id: string };

export interface ToolContext extends CallContext {
  /** The longest wait of one call. */
  readonly maxWaitS: number;
  /** Can the person behind the host be asked before something is done? */
  readonly canAsk?: boolean;
  /** Of the answer as it is shown; default `MAX_ANSWER_BYTES`. */
  readonly maxBytes?: number;
  /** Where the queue answers, as its callers reach it; asked late, since a relay may have to start its queue first. */
  readonly origin?: (() => string | undefined) | undefined;
  /** Of the machine the tool is called on, where the door reads any. */
  readonly photos?: LocalPhotos | undefined;
}

/** Whom a tool asks, and for whom. */
export interface Asked {
  readonly queue: QueueApi;
  readonly context: ToolContext;
}

/** Of any input, ready to be listed and called. */
export interface Tool extends Omit<ToolWords<z.ZodObject>, 'answer' | 'unlisted' | 'maxBytes'> {
  readonly unlisted: readonly string[];
  /**
   * One call: reads the arguments, asks the queue, gives the answer as it is shown.
   * @param sent the arguments as a host sent them
   * @throws AppError as the operations do; QuestionForPerson; anything else is a fault of ours
   */
  readonly call: (queue: QueueApi, sent: unknown, context: ToolContext) => Promise<Record<string, unknown>>;
  /** As far as they can be read; nothing where they cannot. */
  readonly argumentsIn: (sent: unknown) => Readonly<Record<string, unknown>>;
  /** What `call` gave, as a result of the protocol. */
  readonly result: (shown: Record<string, unknown>) => CallToolResult;
  /** Hosts drop or double a picture that stands beside structured content. */
  readonly isPicture: boolean;
}

/** Declares a tool. */
export function tool<Input extends z.ZodObject>({ answer, maxBytes, ...words }: ToolWords<Input>): Tool {
  return declared(words, { result: resultOf, isPicture: false }, async (args, asked, notes) => {
    const { asks, ...answered } = await answer(args, asked);
    const { canAsk, maxBytes: limit = maxBytes?.(args) } = asked.context;
    if (canAsk && asks !== undefined && answered.next) throw new QuestionForPerson(asks, answered.next);
    return shownAnswer(notes.length === 0 ? answered : { ...answered, notes }, limit);
  });
}

type PictureWords<Input extends z.ZodObject> = Omit<ToolWords<Input>, 'answer' | 'maxBytes' | 'goesOn'> & {
  /** @throws AppError as the operations do that it calls */
  readonly picture: (args: z.infer<Input>, asked: Asked) => Promise<Picture>;
};

/** Declares a tool that answers with a picture. */
export function pictureTool<Input extends z.ZodObject>({ picture, ...words }: PictureWords<Input>): Tool {
  return declared(words, { result: pictureResult, isPicture: true }, async (args, asked, notes) => {
    const { line, jpeg } = await picture(args, asked);
    return { line: [line, ...notes].join(' '), jpeg };
  });
}

function declared<Input extends z.ZodObject>(
  { unlisted = [], ...words }: Omit<ToolWords<Input>, 'answer' | 'maxBytes'>,
  form: Pick<Tool, 'result' | 'isPicture'>,
  shown: (args: z.infer<Input>, asked: Asked, notes: readonly string[]) => Promise<Record<string, unknown>>,
): Tool {
  const { name, input } = words;
  return {
    ...words,
    ...form,
    unlisted,
    argumentsIn: (sent) => {
      try {
        return readArguments({ tool: name, input, maxWaitS: 0 }, sent).values;
      } catch {
        return {};
      }
    },
    call: async (queue, sent, context) => {
      const { values, notes } = readArguments({ tool: name, input, maxWaitS: context.maxWaitS }, sent);
      // Here already, so that a mistake starts no queue.
      return shown(checkInput(input, values), { queue, context }, notes);
    },
  };
}
