import { createReadStream } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import type { Command } from 'commander';
import { invalidArgument } from '../../contract/check-input.ts';
import { valueFromText } from '../../contract/from-text.ts';
import { type ConnectionFlags, connect, withConnectionFlags } from '../connection.ts';
import { groupOf } from '../operations.ts';
import { print, printJson } from '../output.ts';
import { jobLine } from '../say.ts';

interface AddFlags extends ConnectionFlags {
  readonly purchaseDate?: string;
  readonly userId?: string;
}

/** `pantry-queue receipt add FILE…`: uploads photographs, each of which queues its job. */
export function register(program: Command): void {
  const command = groupOf(program, 'receipt')
    .command('add')
    .description('Upload photographs of receipts; each one’s job is queued.')
    .argument('<files...>', 'JPEG, PNG or WebP, at most 20 MB each')
    .option('--purchase-date <date>', 'day of the purchase as YYYY-MM-DD, if you know it')
    .option('--user-id <n>', 'the user who owns the receipts (default: the caller)')
    .addHelpText('after', '\nExample:\n  pantry-queue receipt add lunch.jpg --purchase-date 2026-01-31');
  withConnectionFlags(command).action((files: string[], flags: AddFlags) => add(files, flags));
}

async function add(files: readonly string[], flags: AddFlags): Promise<void> {
  // All of them before the first upload: a slip in the third name must not leave two receipts behind.
  for (const file of files) await refuseUnreadable(file);
  const queue = connect(flags);
  const userId = flags.userId === undefined ? undefined : userIdOf(flags.userId);
  for (const file of files) {
    const upload = { bytes: createReadStream(file), purchaseDate: flags.purchaseDate, userId };
    const added = await queue.addReceipt(upload);
    if (flags.json) printJson(added);
    else print(`receipt ${added.receipt.id}: ${file}`, `  ${jobLine(added.job)}`);
  }
}

async function refuseUnreadable(file: string): Promise<void> {
  await access(file, constants.R_OK).catch(() => {
    throw invalidArgument('files', 'unreadable', `The file ${file} cannot be read.`);
  });
}

function userIdOf(text: string): number {
  const value = valueFromText('int', text);
  if (typeof value === 'number') return value;
  throw invalidArgument('user_id', 'type', `user_id must be a whole number, not "${text}".`);
}
