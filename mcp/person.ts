import {
  CLIENT_CAPABILITIES_META_KEY,
  type ClientCapabilities,
  type InputRequiredResult,
  inputRequired,
  type ServerContext,
} from '@modelcontextprotocol/server';
import type { NextCall } from './answer.ts';

/** The one question of a call, in what its host sends back. */
const QUESTION = 'confirm';

/** Thrown in place of an answer: a person decides first. */
export class QuestionForPerson extends Error {
  readonly question: string;
  readonly call: NextCall;

  /** @param call what is done when the person agrees */
  constructor(question: string, call: NextCall) {
    super(question);
    this.question = question;
    this.call = call;
  }
}

/**
 * Can the person behind a host be asked? Only where it has said so: an old client without a session has nothing to ask by.
 * @param declared when an older client connected
 */
export function canAskPerson(context: ServerContext, declared: ClientCapabilities | undefined): boolean {
  // The envelope has no type of its own in the library.
  const envelope = context.mcpReq.envelope as { [CLIENT_CAPABILITIES_META_KEY]?: ClientCapabilities } | undefined;
  const { elicitation } = envelope?.[CLIENT_CAPABILITIES_META_KEY] ?? declared ?? {};
  // One that names no form of questions takes forms.
  return elicitation !== undefined && (elicitation.form !== undefined || elicitation.url === undefined);
}

/** The question as a result: the host asks, and calls again with the answer. */
export function questionResult({ question, call }: QuestionForPerson): InputRequiredResult {
  return inputRequired({
    inputRequests: {
      [QUESTION]: inputRequired.elicit({ message: question, requestedSchema: { type: 'object', properties: {} } }),
    },
    // No more trusted than arguments are: it is checked like them, and says nothing that they could not.
    requestState: JSON.stringify(call),
  });
}

/** What a person has answered, and the arguments of the call that this is about. */
export interface PersonsAnswer {
  readonly agrees: boolean;
  readonly arguments: unknown;
}

/** @returns undefined when nobody was asked, or about another tool */
export function personsAnswer({ mcpReq }: ServerContext, tool: string): PersonsAnswer | undefined {
  const given = mcpReq.inputResponses?.[QUESTION];
  if (typeof given !== 'object' || given === null) return undefined;
  const call = callIn(mcpReq.requestState());
  if (call?.tool !== tool) return undefined;
  return { agrees: Reflect.get(given, 'action') === 'accept', arguments: call.arguments };
}

function callIn(state: unknown): { readonly tool?: unknown; readonly arguments?: unknown } | undefined {
  if (typeof state !== 'string') return undefined;
  try {
    const call: unknown = JSON.parse(state);
    return typeof call === 'object' && call !== null ? call : undefined;
  } catch {
    return undefined;
  }
}
