import type { Payload, PayloadCodec } from '@temporalio/common';
import type { WirePayload } from '../../contract/wire-payload.ts';

const bytesOf = (base64: string) => new Uint8Array(Buffer.from(base64, 'base64'));
const base64Of = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

function mapped<From, To>(fields: Readonly<Record<string, From>>, change: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, change(value)]));
}

/** Decrypts payloads that came as JSON, for those who look at Temporal by its own means. */
export async function decodeWire(codec: PayloadCodec, payloads: readonly WirePayload[]): Promise<WirePayload[]> {
  const read = payloads.map(
    ({ metadata = {}, data = '' }): Payload => ({ metadata: mapped(metadata, bytesOf), data: bytesOf(data) }),
  );
  const shown = await codec.decode(read);
  return shown.map(({ metadata, data }) => ({
    metadata: mapped(metadata ?? {}, base64Of),
    data: base64Of(data ?? new Uint8Array()),
  }));
}
