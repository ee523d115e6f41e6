import { type Command, InvalidArgumentError } from 'commander';
import type { UpFlags } from '../../up.ts';
import { printText, say } from '../output.ts';

/** `pantry-queue up`: the whole queue in one terminal. */
export function register(program: Command): void {
  program
    .command('up')
    .description(
      'run the whole queue here: PostgreSQL, Temporal and its Web UI, the OCR agent, a worker, the HTTP server',
    )
    .option(
      '--data-dir <dir>',
      'folder for everything the queue keeps (default: DATA_DIR, else the user’s data folder)',
    )
    .option('--port <n>', 'HTTP port; 0 takes free ports everywhere (default: PORT, else 8000)', portNumber)
    .option('--exit-when-idle', 'stop and exit 0 once no job waits or runs')
    .option('--json', 'print the addresses as one line of JSON, once it runs')
    .addHelpText('after', '\nExample:\n  pantry-queue up --port 0 --data-dir ./queue')
    .action(async (flags: UpFlags) => {
      const { up } = await import('../../up.ts');
      await up(flags, { print: printText, say });
    });
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) throw new InvalidArgumentError('A port is a number from 0 to 65535.');
  return port;
}
