import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { invalidArgument } from '../../contract/check-input.ts';
import { isAppError } from '../../contract/errors.ts';
import { receiptExport } from '../../contract/export.ts';
import { withArguments } from '../arguments.ts';
import { type ConnectionFlags, connect, withConnectionFlags } from '../connection.ts';
import { groupOf } from '../operations.ts';

/** `pantry-queue receipt export --out receipts.csv`: receipts as a file for spreadsheets. */
export function register(program: Command): void {
  const command = groupOf(program, 'receipt')
    .command('export')
    .description(receiptExport.summary)
    .option('--out <file>', 'write to this new file (default: to the terminal or pipe)')
    .addHelpText('after', '\nExample:\n  pantry-queue receipt export --from 2026-01-01 --to 2026-12-31 --out 2026.csv');
  const argumentsIn = withArguments(command, receiptExport);
  withConnectionFlags(command).action(async (...values: unknown[]) => {
    const flags = command.opts<ConnectionFlags & { out?: string }>();
    const bytes = connect(flags).exportReceipts(argumentsIn(values));
    if (flags.out === undefined) await pipeline(bytes, process.stdout, { end: false });
    else await written(bytes, flags.out);
  });
}

/** What was cut is no file: half of a sum looks like a sum. */
async function written(bytes: AsyncIterable<Uint8Array>, file: string): Promise<void> {
  try {
    await pipeline(bytes, createWriteStream(file, { flags: 'wx', mode: 0o600 }));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      throw invalidArgument('out', 'exists', `The file ${file} is there already.`);
    }
    if (isAppError(error)) await rm(file, { force: true });
    throw error;
  }
}
