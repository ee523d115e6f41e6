#!/usr/bin/env node
import { CommanderError } from 'commander';
import { VERSION } from '../../mcp/version.ts';
import { toAppError } from '../contract/errors.ts';
import { EXIT, reportError } from './output.ts';
import { createProgram } from './program.ts';

async function main(): Promise<void> {
  const json = process.argv.includes('--json');
  try {
    await createProgram(VERSION).parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) {
      // Commander has already said what is wrong, or shown the help that was asked for.
      process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
      return;
    }
    process.exitCode = reportError(toAppError(error), { json });
  }
}

// A reader that closes the pipe early (`| head`) wants no more; that is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) =>
  process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.other),
);
await main();
