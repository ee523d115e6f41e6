import { describe, expect, it } from 'vitest';
import { UNTRUSTED } from '../../mcp/answer.ts';
import { INSTRUCTIONS } from '../../mcp/instructions.ts';
import { tools } from '../../mcp/tools/index.ts';
import { CLIENTS, type ClientKind, connect } from './support/clients.ts';
import { serveInProcess } from './support/servers.ts';

async function listed(kind: ClientKind) {
  const server = serveInProcess();
  const client = await connect(kind, { kind: 'http', url: server.url, fetch: server.fetch });
  const list = await client.listTools();
  await client.close();
  await server.close();
  return list;
}

const tokens = (value: unknown) => Math.ceil(JSON.stringify(value).length / 4);

describe('the list of tools', () => {
  it.each(CLIENTS)('is what it was for the client %s: a change is made on purpose', async (kind) => {
    await expect(`${JSON.stringify(await listed(kind), null, 2)}\n`).toMatchFileSnapshot(
      `./snapshots/tools.${kind}.generated.json`,
    );
  });

  it('[M2] costs a model at most 2,600 tokens for fourteen tools, and as much less for fewer', async () => {
    const list = await listed('v1');
    expect(list.length).toBeLessThanOrEqual(14);
    expect(tokens(list)).toBeLessThanOrEqual((2_600 * list.length) / 14);
  });

  it('gives every tool all four hints, from effect and repeat of its operation', async () => {
    const list = await listed('v2-auto');
    expect(list.map(({ name }) => name)).toEqual(tools.map(({ name }) => name));
    for (const [place, { title, effect, repeat, reachesAgent = false }] of tools.entries()) {
      expect(list[place]?.annotations).toEqual({
        title,
        readOnlyHint: effect === 'read',
        destructiveHint: effect === 'destroy',
        idempotentHint: repeat === 'safe',
        openWorldHint: reachesAgent,
      });
    }
  });

  it('refuses unknown arguments in every input schema, and names an object in every output schema but a picture’s', async () => {
    const pictures = tools.filter(({ isPicture }) => isPicture).map(({ name }) => name);
    expect(pictures).toEqual(['view_receipt']);
    for (const { name, inputSchema, outputSchema } of await listed('v2-auto')) {
      expect(inputSchema).toMatchObject({ type: 'object', additionalProperties: false });
      if (pictures.includes(String(name))) expect(outputSchema).toBeUndefined();
      else expect(outputSchema).toMatchObject({ type: 'object', properties: expect.any(Object) });
    }
  });

  it('bounds every list an input may hold', async () => {
    const unbounded = JSON.stringify(await listed('v2-auto'), (_key, value) =>
      value?.type === 'array' && value.maxItems === undefined ? 'UNBOUNDED' : value,
    );
    expect(unbounded).not.toContain('UNBOUNDED');
  });
});

describe('the instructions', () => {
  it('are at most eight lines, and name only tools that exist', () => {
    expect(Buffer.byteLength(INSTRUCTIONS)).toBeLessThanOrEqual(2_048);
    const names: readonly string[] = tools.map(({ name }) => name);
    const mentioned = INSTRUCTIONS.match(/\b[a-z]+(_[a-z]+)+\b/g) ?? [];
    const fields = ['receipt_id', 'job_id', 'batch_id', 'wait_seconds', 'needs_review', 'confirm_token'];
    const marks: readonly string[] = UNTRUSTED;
    expect(mentioned.filter((word) => ![...names, ...fields, ...marks].includes(word))).toEqual([]);
  });
});
