import { CommanderError } from 'commander';
import { VERSION } from '../../mcp/version.ts';
import { AppError, toAppError } from '../contract/errors.ts';
import { EXIT, printProblem, reportError } from './output.ts';
import { createProgram } from './program.ts';
import { usageError } from './usage.ts';

const json = process.argv.includes('--json');

/** What a command leaves open (sockets, timers) must not keep a program that has failed. */
const FAREWELL_MS = 500;

async function main(): Promise<void> {
  try {
    await createProgram(VERSION, process.argv.slice(2)).parseAsync();
  } catch (error) {
    fail(error);
  }
}

function fail(error: unknown): void {
  if (error instanceof CommanderError) {
    // Commander has already said what is wrong, or shown the help that was asked for.
    const isHelp = error.exitCode === 0;
    if (json && !isHelp) printProblem(usageError(error));
    process.exitCode = isHelp ? EXIT.ok : EXIT.usage;
    return;
  }
  process.exitCode = reportError(toAppError(error), { json });
  setTimeout(() => process.exit(), FAREWELL_MS).unref();
}

/** A fault of ours that no command caught. The stack is for those who look for the fault, not for everybody. */
function crash(error: unknown): void {
  if (/^(debug|trace)$/.test(process.env.LOG_LEVEL ?? '') && error instanceof Error)
    process.stderr.write(`${error.stack}\n`);
  process.exitCode = reportError(
    new AppError('internal', 'The program stopped: it met a fault of its own.', { cause: error }),
    { json },
  );
  setTimeout(() => process.exit(), FAREWELL_MS);
}

process.once('uncaughtException', crash);
process.once('unhandledRejection', crash);
// A reader that closes the pipe early (`| head`) wants no more; that is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.ok);
  process.stderr.write(`The answer could not be written: ${error.message}.\n`);
  process.exit(EXIT.other);
});
await main();
