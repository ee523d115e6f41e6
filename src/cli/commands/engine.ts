import type { Command } from 'commander';
import { secondsOf } from '../operations.ts';
import { EXIT, print, printJson, say } from '../output.ts';

interface Flags {
  readonly dataDir?: string;
  readonly json?: boolean;
}

interface MoveFlags extends Flags {
  readonly toAddress?: string;
  readonly toNamespace?: string;
  readonly toProfile?: string;
  readonly grace?: number;
  readonly dryRun?: boolean;
  readonly cancel?: boolean;
}

const DATA_DIR = [
  '--data-dir <dir>',
  'folder of a queue started by pantry-queue up (default: DATABASE_URL, else the usual one)',
] as const;

/** `pantry-queue engine`: the Temporal of a queue, and its move to another. */
export function register(program: Command): void {
  const engine = program
    .command('engine')
    .description('the Temporal behind the queue: how it is, and a move to another');

  engine
    .command('status')
    .description('show address, version, pollers and open runs of Temporal, beside what the ledger says')
    .option(...DATA_DIR)
    .option('--json', 'print as JSON')
    .addHelpText('after', '\nExits 0 when Temporal can be used, 5 when not.\n\nExample:\n  pantry-queue engine status')
    .action(async (flags: Flags) => {
      const { showEngine } = await import('../../maintenance/engine-commands.ts');
      const { output, text } = await showEngine(flags);
      if (flags.json) printJson(output);
      else print(...text);
      if (!output.reachable) process.exitCode = EXIT.unavailable;
    });

  engine
    .command('move')
    .description('move the queue to another Temporal, with all that is in flight')
    .option('--to-address <host:port>', 'where the other Temporal is')
    .option('--to-namespace <name>', 'the namespace there (default: the present one)')
    .option('--to-profile <name>', 'profile of Temporal’s configuration file, for another TLS set-up or key')
    .option('--grace <seconds>', 'how long calls of the agent may take to end (default: 60)', secondsOf)
    .option('--dry-run', 'check the target, say what would happen, change nothing')
    .option('--cancel', 'give up a move that was broken off before it left the old Temporal')
    .option(...DATA_DIR)
    .option('--json', 'print as JSON')
    .addHelpText(
      'after',
      '\nMay be repeated: a move that was broken off is finished.\n\nExample:\n  pantry-queue engine move --to-address temporal.example:7233 --to-namespace receipts',
    )
    .action(async (flags: MoveFlags) => {
      const { runMove } = await import('../../maintenance/engine-commands.ts');
      const { output, text } = await runMove({
        ...flags,
        graceMs: flags.grace === undefined ? undefined : flags.grace * 1_000,
        say,
      });
      if (flags.json) printJson(output);
      else print(...text);
    });
}
