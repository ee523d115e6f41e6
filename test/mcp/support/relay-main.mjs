// The built relay as a process of its own, which starts a stand-in where the program starts `up`.
import { Command } from 'commander';
import { register } from '../../../dist/src/cli/commands/mcp.js';

const program = new Command('pantry-queue');
register(program);
program
  .command('up')
  .option('--data-dir <dir>')
  .option('--port <n>')
  .action(async (flags) => {
    // Loaded here: most relays start nothing, and are ready in half the time without it.
    const { register: readTypeScript } = await import('tsx/esm/api');
    readTypeScript();
    const { standInForUp } = await import('./stand-in-for-up.ts');
    await standInForUp(flags);
  });
await program.parseAsync();
