import { Client, StreamableHTTPClientTransport, type Transport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Client as V1Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as V1StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport as V1HttpClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { expect } from 'vitest';
import { z } from 'zod';
import { MAX_ANSWER_BYTES } from '../../../mcp/answer.ts';

/** The clients in the field: 2026-07-28, the same SDK on the revisions before, and the SDK that most hosts ship. */
export const CLIENTS = ['v2-auto', 'v2-legacy', 'v1'] as const;
export type ClientKind = (typeof CLIENTS)[number];

const toolResult = z.object({
  isError: z.boolean().optional(),
  content: z.array(z.object({ type: z.literal('text'), text: z.string() })),
  structuredContent: z.record(z.string(), z.unknown()).optional(),
});

export interface ToolAnswer {
  readonly isError: boolean;
  /** What the answer says to a model: its summary, and the hint of a refusal. */
  readonly says: string;
  readonly structured: Record<string, unknown>;
}

export interface TestClient {
  readonly revision: string | undefined;
  readonly instructions: string | undefined;
  listTools(): Promise<readonly Record<string, unknown>[]>;
  call(name: string, args?: Record<string, unknown>, maxBytes?: number): Promise<ToolAnswer>;
  /** The same with anything as arguments, as a host sends them that hands a model's words on unchecked. */
  callRaw(name: string, args: unknown): Promise<ToolAnswer>;
  /** As hosts with little patience call: they ask for progress, and give up when none comes for so long. */
  callWithProgress(name: string, args: Record<string, unknown>, options: Patience): Promise<ToolAnswer>;
  /** Any request; the answer is what came, unchecked. */
  ask(method: string, params?: Record<string, unknown>): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

const anything = z.looseObject({});

export type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

export type Place =
  | { readonly kind: 'linked'; readonly transport: Transport }
  | { readonly kind: 'http'; readonly url: string; readonly fetch?: Fetch }
  | {
      readonly kind: 'stdio';
      readonly command: string;
      readonly args: string[];
      readonly env?: Record<string, string>;
    };

export interface Patience {
  readonly timeout: number;
  readonly onMessage: (message: string | undefined) => void;
}

/** Both SDKs name these options alike. */
function optionsOf({ timeout, onMessage }: Patience) {
  const onprogress = ({ message }: { message?: string | undefined }) => onMessage(message);
  return { timeout, onprogress, resetTimeoutOnProgress: true };
}

const NAME = { name: 'test', version: '1.0.0' };

/** Connects one of the clients; its tools are listed first, so that it checks answers against the output schemas. */
export async function connect(kind: ClientKind, place: Place, person?: Person): Promise<TestClient> {
  return kind === 'v1' ? connectV1(place, person) : connectV2(kind, place, person);
}

/** Who is asked, where the client says that it can ask: the question → what they do with it. */
export type Person = (question: string) => Promise<Decision> | Decision;
export type Decision = 'accept' | 'decline' | 'cancel';
const ASKING = { capabilities: { elicitation: {} } } as const;

async function connectV2(kind: 'v2-auto' | 'v2-legacy', place: Place, person?: Person): Promise<TestClient> {
  const client = new Client(NAME, {
    versionNegotiation: { mode: kind === 'v2-auto' ? 'auto' : 'legacy' },
    ...(person ? ASKING : {}),
  });
  if (person) {
    client.setRequestHandler('elicitation/create', async ({ params }) => ({
      action: await person(params.message),
      content: {},
    }));
  }
  await client.connect(
    place.kind === 'linked'
      ? place.transport
      : place.kind === 'http'
        ? new StreamableHTTPClientTransport(new URL(place.url), place.fetch ? { fetch: place.fetch } : {})
        : new StdioClientTransport({
            command: place.command,
            args: place.args,
            env: place.env ?? {},
            stderr: 'ignore',
          }),
  );
  return {
    revision: client.getNegotiatedProtocolVersion(),
    instructions: client.getInstructions(),
    listTools: async () => (await client.listTools()).tools,
    call: async (name, args, maxBytes) =>
      answerOf(await client.callTool({ name, ...(args ? { arguments: args } : {}) }), maxBytes),
    callWithProgress: async (name, args, patience) =>
      answerOf(await client.callTool({ name, arguments: args }, optionsOf(patience))),
    callRaw: async (name, args) => answerOf(await client.request(rawCall(name, args), toolResult)),
    ask: (method, params = {}) => client.request({ method, params }, anything),
    close: () => client.close(),
  };
}

async function connectV1(place: Place, person?: Person): Promise<TestClient> {
  const client = new V1Client(NAME, person ? ASKING : {});
  if (person) {
    client.setRequestHandler(ElicitRequestSchema, async ({ params }) => ({
      action: await person(params.message),
      content: {},
    }));
  }
  const transport =
    place.kind === 'linked'
      ? place.transport
      : place.kind === 'http'
        ? new V1HttpClientTransport(new URL(place.url), place.fetch ? { fetch: place.fetch } : {})
        : new V1StdioClientTransport({
            command: place.command,
            args: place.args,
            env: place.env ?? {},
            stderr: 'ignore',
          });
  // Its own class does not fit its own interface under exactOptionalPropertyTypes.
  await client.connect(transport as Parameters<V1Client['connect']>[0]);
  return {
    revision: 'protocolVersion' in transport ? transport.protocolVersion : undefined,
    instructions: client.getInstructions(),
    listTools: async () => (await client.listTools()).tools,
    call: async (name, args, maxBytes) =>
      answerOf(await client.callTool({ name, ...(args ? { arguments: args } : {}) }), maxBytes),
    callWithProgress: async (name, args, patience) =>
      answerOf(await client.callTool({ name, arguments: args }, undefined, optionsOf(patience))),
    callRaw: async (name, args) => answerOf(await client.request(rawCall(name, args), toolResult)),
    ask: (method, params = {}) => client.request({ method, params }, anything),
    close: () => client.close(),
  };
}

function rawCall(name: string, args: unknown) {
  return { method: 'tools/call' as const, params: { name, ...(args === undefined ? {} : { arguments: args }) } };
}

function answerOf(result: unknown, maxBytes = MAX_ANSWER_BYTES): ToolAnswer {
  const { isError = false, content, structuredContent = {} } = toolResult.parse(result);
  // A host shows its model one half only.
  expect(content.map(({ text }) => JSON.parse(text))).toEqual([structuredContent]);
  expect(Buffer.byteLength(content[0]?.text ?? '')).toBeLessThanOrEqual(maxBytes);
  return { isError, says: saysOf(structuredContent), structured: structuredContent };
}

export function saysOf({ summary, hint }: Readonly<Record<string, unknown>>): string {
  return hint === undefined ? String(summary) : `${String(summary)} ${String(hint)}`;
}
