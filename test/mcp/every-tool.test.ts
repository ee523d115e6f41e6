import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAX_ANSWER_BYTES, UNTRUSTED } from '../../mcp/answer.ts';
import { readArguments } from '../../mcp/arguments/host-arguments.ts';
import { tools } from '../../mcp/tools/index.ts';
import { checkInput } from '../../src/contract/check-input.ts';
import { connectBy, EVERY_WAY, type EveryClient, type RawResult } from './support/every-client.ts';
import { callsOf } from './support/tool-arguments.ts';
import { INJECTED, useWorld } from './support/world.ts';

const world = useWorld();

/** Of a receipt whose parts were asked for by name. */
const MAX_ASKED_BYTES = 8_192;

type Facts = Readonly<Record<string, unknown>>;

/** What a model is shown by a host that gives it one half only: the same by either, short, and without empty facts. */
function factsOf({ content, structuredContent }: RawResult, maxBytes: number): Facts {
  const texts = content.filter(({ type }) => type === 'text').map(({ text }) => String(text));
  if (content.some(({ type }) => type === 'image')) {
    // Some hosts drop the picture of a result that has structure.
    expect(structuredContent).toBeUndefined();
    expect(texts).toHaveLength(1);
    return { summary: texts[0] };
  }
  const [text = ''] = texts;
  expect(content).toHaveLength(1);
  expect(JSON.parse(text)).toEqual(structuredContent);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(maxBytes);
  expect(text).not.toMatch(/\bnull\b/);
  return structuredContent ?? {};
}

interface Next {
  readonly tool: string;
  readonly arguments: Record<string, unknown>;
}

/** The tool named by a next call takes its arguments as they stand there. */
function expectReady({ tool: name, arguments: args }: Next): void {
  const tool = tools.find((each) => each.name === name);
  if (!tool) throw new Error(`next names ${name}, which is not listed.`);
  const { values, notes } = readArguments({ tool: name, input: tool.input, maxWaitS: 25 }, args);
  expect(notes).toEqual([]);
  checkInput(tool.input, values);
}

/** What the answer says in words of ours. */
function oursIn(facts: Facts): string {
  return JSON.stringify(Object.fromEntries(Object.entries(facts).filter(([name]) => !isUntrusted(name))));
}
const isUntrusted = (name: string) => (UNTRUSTED as readonly string[]).includes(name);

describe.each(EVERY_WAY)('every tool, by $kind over $over', (way) => {
  let client: EveryClient;
  beforeAll(async () => {
    client = await connectBy(way, world.current.url);
  });
  afterAll(() => client.close());

  it.each(tools)(
    '[M1] answers $name complete in both halves, short, marked, and with a next call that is ready to be made',
    async (tool) => {
      const answered: boolean[] = [];
      for (const args of callsOf(tool)) {
        const result = await client.call(tool.name, args);
        const facts = factsOf(result, 'parts' in args ? MAX_ASKED_BYTES : MAX_ANSWER_BYTES);
        const where = JSON.stringify([args, facts]);
        expect(facts.summary, where).toMatch(/\S/);
        expect(facts.code, where).not.toBe('internal');
        expect(oursIn(facts), where).not.toContain(INJECTED);
        if (facts.next) expectReady(facts.next as Next);
        answered.push(result.isError !== true);
        // The answers of one client are looked at one by one; of the others, each tool’s first that is no refusal.
        if (way.kind !== 'v2 auto' && answered.includes(true)) break;
      }
      expect(answered.includes(true), 'some call of it is answered with more than a refusal').toBe(true);
    },
  );
});
