import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Client as V1Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as V1StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport as V1HttpClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { BUILT_MAIN } from '../../support/run-built.ts';

/** A result as it arrives, before anything of ours has looked at it. */
export interface RawResult {
  readonly isError?: boolean;
  readonly content: readonly ({ readonly type: string } & Readonly<Record<string, unknown>>)[];
  readonly structuredContent?: Readonly<Record<string, unknown>>;
}

export interface EveryClient {
  call(name: string, args: Readonly<Record<string, unknown>>): Promise<RawResult>;
  close(): Promise<void>;
}

const NAME = { name: 'test', version: '1.0.0' };
const REVISION = '2026-07-28';

const v2 = (mode: 'auto' | 'legacy' | { pin: string }, over: Over, url: string) => {
  const client = new Client(NAME, { versionNegotiation: { mode } });
  return connected(client, () =>
    client.connect(
      over === 'HTTP'
        ? new StreamableHTTPClientTransport(new URL(`${url}/mcp`))
        : new StdioClientTransport(relayTo(url)),
    ),
  );
};

const v1 = (over: Over, url: string) => {
  const client = new V1Client(NAME);
  const transport =
    over === 'HTTP' ? new V1HttpClientTransport(new URL(`${url}/mcp`)) : new V1StdioClientTransport(relayTo(url));
  // Its own class does not fit its own interface under exactOptionalPropertyTypes.
  return connected(client, () => client.connect(transport as Parameters<V1Client['connect']>[0]));
};

/** The SDK that most hosts ship, and its successor in each way it can agree on a revision. */
const KINDS = {
  v1,
  'v2 legacy': (over: Over, url: string) => v2('legacy', over, url),
  'v2 auto': (over: Over, url: string) => v2('auto', over, url),
  'v2 pinned': (over: Over, url: string) => v2({ pin: REVISION }, over, url),
} as const;

type Over = 'HTTP' | 'stdio';

export const EVERY_WAY = (Object.keys(KINDS) as (keyof typeof KINDS)[]).flatMap((kind) => [
  { kind, over: 'HTTP' as const },
  { kind, over: 'stdio' as const },
]);

/** One of the clients, by one of the transports; its tools are listed, so that it checks answers against their schemas. */
export function connectBy({ kind, over }: (typeof EVERY_WAY)[number], url: string): Promise<EveryClient> {
  return KINDS[kind](over, url);
}

function relayTo(url: string) {
  const args = [BUILT_MAIN, 'mcp', '--url', url, '--allow', 'assets/receipts'];
  return { command: process.execPath, args, env: { PATH: process.env.PATH ?? '' }, stderr: 'ignore' as const };
}

interface SdkClient {
  listTools(): Promise<unknown>;
  callTool(call: { name: string; arguments: Record<string, unknown> }): Promise<unknown>;
  close(): Promise<void>;
}

async function connected(client: SdkClient, connect: () => Promise<void>): Promise<EveryClient> {
  await connect();
  await client.listTools();
  return {
    call: async (name, args) => (await client.callTool({ name, arguments: { ...args } })) as RawResult,
    close: () => client.close(),
  };
}
