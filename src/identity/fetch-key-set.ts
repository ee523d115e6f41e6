import type { JSONWebKeySet } from 'jose';
import { Agent as Connections, request } from 'undici';
import { z } from 'zod';
import { TOKENS } from '../contract/token-policies.ts';

/** Keys of a shared secret are left out: anyone who holds one could make tokens. */
const keySet = z.object({
  keys: z
    .array(z.looseObject({ kty: z.string() }))
    .max(TOKENS.maxKeys)
    .transform((keys) => keys.filter(({ kty }) => kty !== 'oct')),
});

export interface KeySetSource {
  /** @throws what kept the key set from arriving whole, small and in time */
  fetch(): Promise<JSONWebKeySet>;
  close(): Promise<void>;
}

/** The key set of an issuer, at its one address: no redirect is followed. */
export function createKeySetSource(url: string): KeySetSource {
  const connections = new Connections({ connect: { timeout: TOKENS.connectMs }, connections: 1 });
  return {
    async fetch() {
      const { statusCode, body } = await request(url, {
        dispatcher: connections,
        headers: { accept: 'application/jwk-set+json, application/json', 'accept-encoding': 'identity' },
        headersTimeout: TOKENS.idleMs,
        bodyTimeout: TOKENS.idleMs,
        signal: AbortSignal.timeout(TOKENS.totalMs),
      });
      const text = await textOf(body);
      if (statusCode !== 200) throw new Error(`the key set was answered with HTTP ${statusCode}`);
      return keySet.parse(JSON.parse(text)) as JSONWebKeySet;
    },
    close: () => connections.destroy(),
  };
}

async function textOf(body: AsyncIterable<Uint8Array> & { destroy(): unknown }): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > TOKENS.maxKeySetBytes) {
      body.destroy();
      throw new Error(`the key set is larger than ${TOKENS.maxKeySetBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
