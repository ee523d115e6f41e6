import type { Command } from 'commander';
import { secondsOf } from '../operations.ts';
import { EXIT, print, printJson } from '../output.ts';

interface Flags {
  readonly dataDir?: string;
  readonly engine?: boolean;
  readonly images?: boolean;
  readonly job?: string;
  readonly settle?: number;
  readonly json?: boolean;
}

/** `pantry-queue verify`: nothing lost, nothing doubled, nothing stale, or which jobs. */
export function register(program: Command): void {
  program
    .command('verify')
    .description('check jobs, events, counters, results and Temporal against each other; changes nothing')
    .option(
      '--data-dir <dir>',
      'folder of a queue started by pantry-queue up (default: DATABASE_URL, else the usual one)',
    )
    .option('--no-engine', 'do not ask Temporal')
    .option('--images', 'also look for the image of every receipt')
    .option('--job <job_id>', 'only this job, with the proof of it')
    .option('--settle <seconds>', 'how long a difference with Temporal may take to go away (default: 30)', secondsOf)
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      '\nExits 0 when all is well, 1 when something is wrong.\n\nExample:\n  pantry-queue verify --job ocr-17',
    )
    .action(async ({ settle, ...flags }: Flags) => {
      const { verifyQueue } = await import('../../maintenance/verify-queue.ts');
      const { ok, output, text } = await verifyQueue({
        ...flags,
        settleMs: settle === undefined ? undefined : settle * 1_000,
      });
      if (flags.json) printJson(output);
      else print(...text);
      if (!ok) process.exitCode = EXIT.other;
    });
}
