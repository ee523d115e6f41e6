import type { Command } from 'commander';
import { printText, say } from '../output.ts';

/** `pantry-queue demo`: once through, on the shipped receipts, then exit. */
export function register(program: Command): void {
  program
    .command('demo')
    .description('read the shipped photos of real receipts through the whole queue, print what they say, and stop')
    .option('--data-dir <dir>', 'folder of the demo (default: beside the one of up)')
    .addHelpText('after', '\nExample:\n  pantry-queue demo')
    .action(async (flags: { dataDir?: string }) => {
      const { runDemo } = await import('../../embedded/demo/run-demo.ts');
      const allFinished = await runDemo(flags, { print: printText, say });
      if (!allFinished) process.exitCode = 1;
    });
}
