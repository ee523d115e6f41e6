import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What was asked of the stand-in. */
export interface Asked {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: {
    readonly model: string;
    readonly max_tokens?: number;
    readonly messages: readonly { readonly content: unknown }[];
    readonly response_format?: unknown;
    readonly tools?: readonly { readonly input_schema: unknown }[];
    readonly tool_choice?: unknown;
  };
}

export type Answer = (response: ServerResponse, asked: Asked) => void;

/** A stand-in for the addresses of both protocols. */
export interface ModelServer {
  readonly url: string;
  readonly asked: Asked[];
  /** From now on. */
  answer: Answer;
  close(): Promise<void>;
}

export async function startModelServer(): Promise<ModelServer> {
  const asked: Asked[] = [];
  const state = { answer: says({}) };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Asked['body'];
      const one = { path: request.url ?? '', headers: request.headers, body };
      asked.push(one);
      state.answer(response, one);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    get answer() {
      return state.answer;
    },
    set answer(answer) {
      state.answer = answer;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

export function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

export const TOKENS = { input: 1_500, output: 200 } as const;

interface Ending {
  readonly openai: string;
  readonly anthropic: string;
}

const DONE: Ending = { openai: 'stop', anthropic: 'tool_use' };

/** The reading, in the form of whichever protocol asks. */
export function says(reading: unknown, ending: Ending = DONE): Answer {
  return (response, { path, body }) =>
    path.endsWith('/v1/messages')
      ? json(response, 200, {
          model: body.model,
          stop_reason: ending.anthropic,
          content: [{ type: 'tool_use', id: 't', name: 'record_receipt', input: reading }],
          usage: { input_tokens: TOKENS.input, output_tokens: TOKENS.output },
        })
      : saysText(JSON.stringify(reading), ending.openai)(response, { path, body } as Asked);
}

/** Text in place of a reading. */
export function saysText(content: string | null, finish = 'stop', refusal: string | null = null): Answer {
  return (response, { path, body }) =>
    path.endsWith('/v1/messages')
      ? json(response, 200, {
          model: body.model,
          stop_reason: refusal === null ? 'end_turn' : 'refusal',
          content: content === null ? [] : [{ type: 'text', text: content }],
          usage: { input_tokens: TOKENS.input, output_tokens: TOKENS.output },
        })
      : json(response, 200, {
          model: body.model,
          choices: [{ index: 0, finish_reason: finish, message: { role: 'assistant', content, refusal } }],
          usage: { prompt_tokens: TOKENS.input, completion_tokens: TOKENS.output },
        });
}
