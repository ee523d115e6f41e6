import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withEntry, withoutEntry } from '../../../src/cli/init/edit.ts';
import type { Path } from '../../../src/cli/init/formats/format.ts';
import { jsonc } from '../../../src/cli/init/formats/jsonc.ts';

const PATH: Path = ['mcpServers', 'pantry-queue'];
const ENTRY = { command: '/bin/node', args: ['main.js', 'mcp'] };

/** What may stand between two parts of a document: blanks, line ends and comments that nobody else has. */
const gap = (at: number) =>
  fc.constantFrom('', '', ' ', '\n', '\n\t', ` /* ${at} */ `, ` // ${at}\n`, `\n  // ${at}\n  `, `/*\n${at}\n*/`);

const scalar = fc.constantFrom(
  '1',
  '-2.5e3',
  'true',
  'null',
  '"x"',
  '"// no comment"',
  '"{"',
  '[]',
  '{}',
  '[1, {"a": 2}]',
);
const name = fc.constantFrom('a', 'b', 'c', 'mcpServers', 'pantry-queue', '', '__proto__', 'ä"');

type Member = readonly [name: string, value: string];

/** An object as somebody may have typed it. */
function typed(members: readonly Member[], gaps: readonly string[], hasComma: boolean): string {
  const parts = members.map(([key, value], at) => {
    const [before, colon, after, comma] = gaps.slice(at * 4);
    const isLast = at === members.length - 1;
    return `${before}${JSON.stringify(key)}${colon}:${after}${value}${comma}${isLast && !hasComma ? '' : ','}`;
  });
  return `{${parts.join('')}${gaps.at(-1)}}`;
}

function object(value: fc.Arbitrary<string>, seed: number): fc.Arbitrary<string> {
  const members = fc.uniqueArray(fc.tuple(name, value), { maxLength: 4, selector: ([key]) => key });
  const gaps = fc.tuple(...Array.from({ length: 17 }, (_, at) => gap(seed + at)));
  return fc.tuple(members, gaps, fc.boolean()).map(([all, between, comma]) => typed(all, between, comma));
}

const servers = object(fc.oneof(scalar, object(scalar, 200)), 100);
const document = fc
  .tuple(gap(1), object(scalar, 20), servers, fc.constantFrom('\n', '\r\n'), fc.boolean(), gap(2))
  .map(([before, others, table, eol, isFirst, after]) => {
    const rest = others.slice(1, -1).replaceAll('"mcpServers"', '"theirs"');
    const own = `"mcpServers": ${table}`;
    const hasRest = /"/.test(rest);
    const body = isFirst ? `${own}, ${rest}` : `${rest}${hasRest && !/,[^"]*$/.test(rest) ? ', ' : ' '}${own}`;
    return `${before}{${body}}${after}`.replaceAll('\n', eol);
  })
  .filter((text) => {
    try {
      jsonc.parse(text, PATH);
      return true;
    } catch {
      return false;
    }
  });

const commentsIn = (text: string) => text.match(/\/\*\s*\d+\s*\*\/|\/\/ \d+/g) ?? [];

/** Without our own entry and what stands in it. */
const withoutOurs = (text: string) => withoutEntry(jsonc, text, PATH);

describe('[M7] a JSON document, however it was typed', () => {
  it('takes the entry and gives it back, with every other value and comment', () => {
    fc.assert(
      fc.property(document, (text) => {
        const before = withoutOurs(text);
        const added = withEntry(jsonc, before, PATH, ENTRY);
        expect(commentsIn(added)).toEqual(commentsIn(before));
        expect(withEntry(jsonc, added, PATH, ENTRY)).toBe(added);
        const after = withoutOurs(added);
        expect(jsonc.parse(after, PATH)).toEqual(jsonc.parse(before, PATH));
        expect(withEntry(jsonc, text, PATH, ENTRY)).toContain('/bin/node');
      }),
      { numRuns: 2_000 },
    );
  });
});
