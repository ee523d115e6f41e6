import { describe, expect, it } from 'vitest';
import { INSTRUCTIONS } from '../../mcp/instructions.ts';
import { tools } from '../../mcp/tools/index.ts';
import { operations } from '../../src/contract/operations.ts';
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

  it('costs a model at most 900 tokens, and 200 a tool, so that fifteen fit into 3,000', async () => {
    const list = await listed('v1');
    expect(tokens(list)).toBeLessThanOrEqual(Math.min(900, list.length * 200));
  });

  it('gives every tool all four hints, from effect and repeat of its operation', async () => {
    const list = await listed('v2-auto');
    expect(list.map(({ name }) => name)).toEqual(tools.map(({ operation }) => operations[operation].name));
    for (const [place, { operation }] of tools.entries()) {
      const { effect, repeat } = operations[operation];
      expect(list[place]?.annotations).toEqual({
        readOnlyHint: effect === 'read',
        destructiveHint: effect === 'destroy',
        idempotentHint: repeat !== 'never',
        openWorldHint: effect === 'write',
      });
    }
  });

  it('refuses unknown arguments in every input schema, and names an object in every output schema', async () => {
    for (const { inputSchema, outputSchema } of await listed('v2-auto')) {
      expect(inputSchema).toMatchObject({ type: 'object', additionalProperties: false });
      expect(outputSchema).toMatchObject({ type: 'object', properties: expect.any(Object) });
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
    expect(INSTRUCTIONS.split('\n').length).toBeLessThanOrEqual(8);
    const names: readonly string[] = tools.map(({ operation }) => operations[operation].name);
    const mentioned = INSTRUCTIONS.match(/\b[a-z]+(_[a-z]+)+\b/g) ?? [];
    const fields = ['receipt_id', 'job_id', 'wait_seconds', 'needs_review'];
    expect(mentioned.filter((word) => !names.includes(word) && !fields.includes(word))).toEqual([]);
  });
});
