import { InMemoryTransport } from '@modelcontextprotocol/client';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { onTestFinished } from 'vitest';
import { createMcpHttpHandler } from '../../../mcp/http.ts';
import { createMcpServer } from '../../../mcp/server.ts';
import type { Principal } from '../../../src/contract/principal.ts';
import type { GateBench } from '../../support/gate.ts';
import { asOwner } from '../../support/owner.ts';
import { CLIENTS, connect, type Person, type Place, type TestClient } from './clients.ts';
import { createTestLogger } from './servers.ts';

/** Every client over both transports. */
export const WAYS = CLIENTS.flatMap((kind) => [
  { kind, over: 'HTTP' as const },
  { kind, over: 'stdio' as const },
]);
export type Way = (typeof WAYS)[number];

/** Who calls, and by which door. */
export interface Caller {
  readonly principal?: Principal;
  /** Who is asked, where the client can ask. */
  readonly person?: Person;
  /** Only over stdio. */
  readonly readOnly?: boolean;
}

/** A client of the tools over a real ledger, in this process; it is closed with its test. */
export async function connectTo(
  bench: Pick<GateBench, 'queue'>,
  { kind, over }: Way,
  { principal = asOwner.principal, person, readOnly = false }: Caller = {},
): Promise<TestClient> {
  const { place, close } = over === 'HTTP' ? overHttp(bench, principal) : overStdio(bench, principal, readOnly);
  const client = await connect(kind, place, person);
  onTestFinished(async () => {
    await client.close();
    await close();
  });
  return client;
}

interface Served {
  readonly place: Place;
  readonly close: () => Promise<void>;
}

function overHttp({ queue }: Pick<GateBench, 'queue'>, principal: Principal): Served {
  const handler = createMcpHttpHandler({ queue, logger: createTestLogger() });
  const fetch = (target: string | URL, init?: RequestInit) => {
    const headers = new Headers(init?.headers);
    headers.set('host', 'localhost');
    return handler(new Request(target, { ...init, headers }), principal);
  };
  return { place: { kind: 'http', url: 'http://localhost/mcp', fetch }, close: () => handler.close() };
}

function overStdio({ queue }: Pick<GateBench, 'queue'>, principal: Principal, readOnly: boolean): Served {
  const [transport, serverSide] = InMemoryTransport.createLinkedPair();
  const handle = serveStdio(
    ({ era }) => createMcpServer({ queue, principal, readOnly, logger: createTestLogger() }, era),
    {
      transport: serverSide,
    },
  );
  return { place: { kind: 'linked', transport }, close: () => handle.close() };
}
