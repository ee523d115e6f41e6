import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { tools } from '../../mcp/tools/index.ts';
import { wholeProgram } from '../../src/cli/program.ts';
import { ERRORS, type ErrorCode } from '../../src/contract/errors.ts';
import { operations } from '../../src/contract/operations.ts';
import { hintForCommands, inCommands } from '../../src/words/hints-for-commands.ts';

const CODES = Object.keys(ERRORS) as ErrorCode[];
const ROWS = Object.values(operations);

/** Every command as a person types it: `job enqueue`. */
function commandsOf(command: Command, before = ''): string[] {
  return command.commands.flatMap((each) => {
    const words = `${before}${each.name()}`;
    return [words, ...commandsOf(each, `${words} `)];
  });
}
const COMMANDS = new Set(commandsOf(wholeProgram('0.0.0')));

/** Names of tools, operations and fields: a command line has none of them. */
const NAMES = new Set([
  ...tools.map(({ name }) => name),
  ...ROWS.map(({ name }) => name),
  ...ROWS.flatMap(({ input }) => Object.keys(input.shape)),
]);

/** What a hint has of other doors, and the commands in it that do not exist. */
function strange(hint: string): string[] {
  const plain = hint.replace(/<[^>]*>/g, '');
  const routes = plain.match(/\b(?:GET|POST|PUT|PATCH|DELETE) \/\S*/g) ?? [];
  const names = (plain.match(/\b[a-z]+(?:_[a-z]+)+\b/g) ?? []).filter((name) => NAMES.has(name));
  const commands = [...plain.matchAll(/pantry-queue ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?/g)].filter(
    ([, group = '', word]) => !COMMANDS.has(group) && !COMMANDS.has(`${group} ${word}`),
  );
  const unknownWords = [
    ...plain.matchAll(/pantry-queue ((?:job|batch|queue|receipt|failed|schedule|webhook|keys|bulk|budget) [a-z-]+)/g),
  ]
    .filter(([, words = '']) => !COMMANDS.has(words))
    .map(([all]) => all);
  return [...routes, ...names, ...commands.map(([all]) => all), ...unknownWords];
}

describe('the next step of an error, at a command line', () => {
  it.each(CODES)('[I8] %s: names commands that exist, and no route, tool or field of another door', (code) => {
    const hint = hintForCommands(code, ERRORS[code].hint);
    expect(hint.length).toBeGreaterThan(10);
    expect(strange(hint), hint).toEqual([]);
  });

  it.each(
    ROWS.filter(({ name }) => name.includes('_')).map((row) => [row.name, row.http[0], row.http[1], row.cli] as const),
  )('[I8] a sentence about %s names its command, however the sentence names the call', (name, method, path, cli) => {
    const command = `pantry-queue ${cli
      .split(' ')
      .filter((word) => /^[a-z]/.test(word))
      .join(' ')}`;
    const filled = path.replace(/\{[^}]*\}/g, '17');
    for (const said of [
      `Do it with ${name}.`,
      `Do it with ${name} (${method} ${path}).`,
      `Do it with ${name} (${method} ${path}, ${command}).`,
      `Do it with ${method} ${path}.`,
      `Do it with ${method} ${filled} (${command}).`,
    ]) {
      expect(inCommands(said), said).toBe(`Do it with ${command}.`);
    }
  });

  it.each([
    ['an address', 'See https://queue.example/jobs/17 and POST it by hand.'],
    ['a setting', 'Correct DATABASE_URL and max_prepared_statements.'],
    ['a command that is there already', 'Run pantry-queue engine move again.'],
  ])('leaves %s as it is', (_what, text) => {
    expect(inCommands(text)).toBe(text);
  });
});
