import { describe, expect, it } from 'vitest';
import { PROMPTS } from '../../mcp/prompt-texts.ts';
import { tools } from '../../mcp/tools/index.ts';
import { CLIENTS, type ClientKind, connect } from './support/clients.ts';
import { serveInProcess } from './support/servers.ts';

async function ask(kind: ClientKind, method: string, params: Record<string, unknown> = {}) {
  const server = serveInProcess();
  const client = await connect(kind, server);
  try {
    return await client.ask(method, params);
  } finally {
    await client.close();
    await server.close();
  }
}

const given = (name: string) => Object.fromEntries(argumentsOf(name).map((argument) => [argument.name, '2026-02']));
const argumentsOf = (name: string) => PROMPTS.find((each) => each.name === name)?.arguments ?? [];

describe.each(CLIENTS)('the prompts for the client %s', (kind) => {
  it('[M8] are listed with their arguments, and cheap to list', async () => {
    const { prompts } = (await ask(kind, 'prompts/list')) as { prompts: { name: string }[] };
    expect(prompts.map(({ name }) => name)).toEqual(PROMPTS.map(({ name }) => name));
    expect(JSON.stringify(prompts).length / 4).toBeLessThanOrEqual(250);
  });

  it('[M8] are one short message that names only tools and arguments that exist', async () => {
    const fields = tools.flatMap(({ input }) => Object.keys(input.shape));
    const known = new Set([...tools.map(({ name }) => name), ...fields, 'failed_by']);
    for (const { name } of PROMPTS) {
      const { messages } = (await ask(kind, 'prompts/get', { name, arguments: given(name) })) as {
        messages: { role: string; content: { text: string } }[];
      };
      expect(messages).toHaveLength(1);
      const text = messages[0]?.content.text ?? '';
      expect(text.length, name).toBeLessThanOrEqual(1_200);
      const named = text.match(/\b[a-z]+(_[a-z]+)+\b/g) ?? [];
      expect(named.length, name).toBeGreaterThan(1);
      expect(
        named.filter((word) => !known.has(word)),
        name,
      ).toEqual([]);
    }
  });

  it('[M8] are refused with the names that exist where none has the name', async () => {
    await expect(ask(kind, 'prompts/get', { name: 'write_poem' })).rejects.toMatchObject({
      code: -32602,
      message: expect.stringContaining('triage_failed_jobs'),
    });
  });
});
