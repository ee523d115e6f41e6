import type { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EXAMPLES } from '../../src/cli/examples.ts';
import { createProgram, wholeProgram } from '../../src/cli/program.ts';
import { toAppError } from '../../src/contract/errors.ts';
import { EXIT, exitCodeOf } from '../../src/contract/exit-codes.ts';
import type { OperationKey } from '../../src/contract/operations.ts';
import { useHttpQueue } from '../http/support/http-queue.ts';

const http = useHttpQueue();

beforeEach(() => {
  for (const stream of [process.stdout, process.stderr]) vi.spyOn(stream, 'write').mockReturnValue(true);
});
afterEach(() => vi.restoreAllMocks());

/** As a shell takes it apart: quotes hold a word together. */
const wordsOf = (line: string) => (line.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', ''));

/** Runs it in this process against a real queue. @returns its exit code, and the code of its error */
async function run(example: string): Promise<{ exit: number; error: string | undefined }> {
  // Only those that follow a job have the flag, and the job is not to be waited for here.
  const words = wordsOf(example).filter((word) => word !== '--wait');
  const args = [...words, '--url', http.current.url];
  try {
    await createProgram('0.0.0', args).parseAsync(['node', 'pantry-queue', ...args]);
    const exit = Number(process.exitCode ?? 0);
    process.exitCode = 0;
    return { exit, error: undefined };
  } catch (thrown) {
    const error = toAppError(thrown);
    return {
      exit: thrown instanceof Error && 'exitCode' in thrown ? EXIT.usage : exitCodeOf(error),
      error: error.message,
    };
  }
}

/** What an example may meet at a queue that has none of what it names. */
const ALLOWED: readonly number[] = [EXIT.ok, EXIT.notFound, EXIT.conflict];

describe('[H6] the example of each command', () => {
  it.each(Object.entries(EXAMPLES) as [OperationKey, string][])(
    'is taken by a real queue: %s',
    async (_key, example) => {
      const { exit, error } = await run(example);
      expect(ALLOWED, `${example}: ${error}`).toContain(exit);
    },
  );

  const leaves = (command: Command, words: string[] = []): { words: string[]; help: string }[] =>
    command.commands.length === 0 || words.join(' ') === 'migrate'
      ? [{ words, help: helpOf(command) }]
      : command.commands.flatMap((each) => leaves(each, [...words, each.name()]));

  function helpOf(command: Command): string {
    const help: string[] = [];
    command.configureOutput({ writeOut: (text) => void help.push(text) }).outputHelp();
    return help.join('');
  }

  it('stands below its help, and begins with its words', () => {
    const all = leaves(wholeProgram('0.0.0'));
    expect(all.length).toBeGreaterThan(80);
    const without = all.filter(({ words, help }) => {
      const [, example = ''] = /Examples?:\n\s+pantry-queue (.+)/.exec(help) ?? [];
      // Hosts start `mcp` themselves: its example is the command that tells them to.
      return !example.startsWith(words.join(' ')) && words.join(' ') !== 'mcp';
    });
    expect(without.map(({ words }) => words.join(' '))).toEqual([]);
  });
});
