import type { Command } from 'commander';
import { expect, it } from 'vitest';
import { createProgram } from '../../src/cli/program.ts';

const all = (command: Command): Command[] => [command, ...command.commands.flatMap(all)];

it('[H6] says in one line what each command and each group of commands is for', () => {
  const groups = createProgram('0.0.0', ['--help']).commands.map((command) => command.name());
  // A program makes only the commands of the group that it is asked for.
  const commands = groups.flatMap((group) => createProgram('0.0.0', [group, '--help']).commands.flatMap(all));
  expect(commands.length).toBeGreaterThan(groups.length + 40);
  expect(commands.filter((command) => command.description().trim() === '').map((command) => command.name())).toEqual(
    [],
  );
});
