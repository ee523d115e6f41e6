import { Command } from 'commander';
import { register as registerBatchWatch } from './commands/batch-watch.ts';
import { register as registerCompletion } from './commands/completion.ts';
import { register as registerDemo } from './commands/demo.ts';
import { register as registerDoctor } from './commands/doctor.ts';
import { register as registerEngine } from './commands/engine.ts';
import { register as registerInit } from './commands/init.ts';
import { register as registerJobWatch } from './commands/job-watch.ts';
import { register as registerMcp } from './commands/mcp.ts';
import { register as registerProcesses } from './commands/processes.ts';
import { register as registerQueueEvents } from './commands/queue-events.ts';
import { register as registerQueueTop } from './commands/queue-top.ts';
import { register as registerReceiptAdd } from './commands/receipt-add.ts';
import { register as registerReceiptExport } from './commands/receipt-export.ts';
import { register as registerReview } from './commands/review.ts';
import { register as registerUp } from './commands/up.ts';
import { register as registerVerify } from './commands/verify.ts';
import { registerOperations } from './operations.ts';

/**
 * The command line; nothing heavy is loaded before a command runs.
 * @param version of the program
 * @param args that it will be given
 */
export function createProgram(version: string, args: readonly string[]): Command {
  const program = new Command('pantry-queue')
    .description('A durable queue for receipt OCR on Temporal and PostgreSQL.')
    .version(version)
    .showSuggestionAfterError(true)
    .showHelpAfterError('(add --help for the words and flags)')
    // Inherited by every command below: the exit code is decided in one place.
    .exitOverride();
  registerUp(program);
  registerDemo(program);
  registerInit(program);
  registerMcp(program);
  registerOperations(program, args);
  registerReceiptAdd(program);
  registerReceiptExport(program);
  registerJobWatch(program);
  registerBatchWatch(program);
  registerReview(program);
  registerQueueEvents(program);
  registerQueueTop(program);
  registerProcesses(program);
  registerDoctor(program);
  registerVerify(program);
  registerEngine(program);
  registerCompletion(program, () => wholeProgram(version));
  return program;
}

/** The program with the commands of every group, which takes longer to make than most of them run. */
export function wholeProgram(version: string): Command {
  const groups = createProgram(version, []).commands.map((command) => command.name());
  return createProgram(version, groups);
}
