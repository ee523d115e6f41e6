import type { Command } from 'commander';
import { printText, say } from '../output.ts';

/** `pantry-queue demo`: once through, on the shipped receipts, then exit, or stay with the dashboard. */
export function register(program: Command): void {
  program
    .command('demo')
    .description('read the shipped photos of real receipts through the whole queue, print what they say, and stop')
    .option('--data-dir <dir>', 'folder of the demo (default: beside the one of up)')
    .option('--stay', 'run on with the dashboard on these receipts, until Ctrl-C')
    .option('--json', 'print what was read as one line of JSON')
    .addHelpText('after', '\nExamples:\n  pantry-queue demo\n  pantry-queue demo --stay')
    .action(async (flags: { dataDir?: string; stay?: boolean; json?: boolean }) => {
      const { runDemo } = await import('../../embedded/demo/run-demo.ts');
      const allFinished = await runDemo(flags, { print: printText, say });
      if (!allFinished) process.exitCode = 1;
    });
}
