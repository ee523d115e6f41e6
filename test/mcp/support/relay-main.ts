import { Command } from 'commander';
import { register } from '../../../src/cli/commands/mcp.ts';

/** The command as a process of its own; only the other commands of the program are left out. */
const program = new Command('pantry-queue');
register(program);
if (process.env.STAND_IN_FOR_UP) {
  const { standInForUp } = await import('./stand-in-for-up.ts');
  program.command('up').option('--data-dir <dir>').option('--port <n>').action(standInForUp);
}
await program.parseAsync();
