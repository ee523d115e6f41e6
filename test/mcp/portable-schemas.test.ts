import { describe, expect, it } from 'vitest';
import { listedTools } from '../../mcp/listed-tools.ts';
import { faultsOf, type ListedTool } from './support/portable-schema.ts';

const TOOLS = listedTools() as unknown as ListedTool[];

const TEXT = { type: 'string', description: 'A text.' };
const HINTS = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false };
const GOOD = {
  name: 'a_tool',
  title: 'A tool',
  description: 'Does something.',
  inputSchema: { type: 'object', properties: { text: TEXT }, additionalProperties: false },
  outputSchema: { type: 'object', properties: { summary: { type: 'string' } } },
  annotations: { title: 'A tool', ...HINTS },
};
const withArgument = (text: unknown) => ({ inputSchema: { ...GOOD.inputSchema, properties: { text } } });

/** One fault each, in an otherwise good tool. */
const BAD: readonly [fault: string, changes: object][] = [
  ['refuse', { name: 'a.tool' }],
  ['cut beside the server’s', { name: 'a'.repeat(48) }],
  ['no description', { description: '' }],
  ['a description that is cut', { description: 'x'.repeat(201) }],
  ['no title', { annotations: HINTS }],
  ['lacks a hint', { annotations: { title: 'A tool', ...HINTS, openWorldHint: undefined } }],
  ['no object as its input', { inputSchema: { ...GOOD.inputSchema, type: 'array', items: TEXT } }],
  ['takes any argument', { inputSchema: { type: 'object', properties: {} } }],
  ['is dropped', withArgument({ ...TEXT, description: 'x'.repeat(16_384) })],
  ['not explained', withArgument({ type: 'string' })],
  ['combines or refers', { inputSchema: { ...GOOD.inputSchema, anyOf: [{ required: ['text'] }] } }],
  ['combines or refers', withArgument({ description: 'A text.', $ref: '#/x' })],
  ['names a dialect', { inputSchema: { ...GOOD.inputSchema, $schema: 'http://json-schema.org/draft-07/schema#' } }],
  ['list of types', withArgument({ ...TEXT, type: ['string', 'null'] })],
  ['may be null', withArgument({ ...TEXT, enum: ['a', null] })],
  ['says nothing', withArgument({ description: 'Anything.' })],
  ['without items', withArgument({ type: 'array', description: 'Texts.' })],
  ['has a format', withArgument({ ...TEXT, format: 'date' })],
  ['is no object', { outputSchema: { type: 'object', properties: { next: true } } }],
  ['requires a part', { outputSchema: { ...GOOD.outputSchema, required: ['summary'] } }],
];

describe('the schemas of the listed tools', () => {
  it.each(TOOLS)('[M2] of $name keep the rules of every host', (tool) => {
    expect(faultsOf(tool)).toEqual([]);
  });

  it.each(BAD)('[M2] are seen to break a rule: %s', (fault, changes) => {
    expect(faultsOf(GOOD)).toEqual([]);
    expect(faultsOf({ ...GOOD, ...changes }).join('\n')).toContain(fault);
  });
});
