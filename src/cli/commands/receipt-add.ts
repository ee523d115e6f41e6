import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, constants, stat } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import type { QueueClient } from '../../client/index.ts';
import { invalidArgument } from '../../contract/check-input.ts';
import { isAppError, toAppError } from '../../contract/errors.ts';
import { valueFromText } from '../../contract/from-text.ts';
import { FORMATS_OR } from '../../contract/image-formats.ts';
import { PRIORITIES } from '../../contract/job.ts';
import type { AddedReceipt, Upload } from '../../contract/queue-api.ts';
import { jobLine } from '../../words/answers.ts';
import { type ConnectionFlags, commandFlags, connect, withConnectionFlags } from '../connection.ts';
import { groupOf } from '../operations.ts';
import { EXIT, print, printJson, reportError, say } from '../output.ts';
import { shellWord } from '../shell-word.ts';

interface AddFlags extends ConnectionFlags {
  readonly purchaseDate?: string;
  readonly userId?: string;
  readonly priority?: Upload['priority'];
  readonly allowDuplicate?: boolean;
}

/** `pantry-queue receipt add FILE…`: uploads photographs, each of which queues its job. */
export function register(program: Command): void {
  const command = groupOf(program, 'receipt')
    .command('add')
    .description('Upload photographs of receipts; each one’s job is queued.')
    .argument('<files...>', `${FORMATS_OR}, at most 20 MB each`)
    .option('--purchase-date <date>', 'day of the purchase as YYYY-MM-DD, if you know it')
    .option('--user-id <n>', 'the user who owns the receipts (default: the caller)')
    .addOption(new Option('--priority <priority>', 'order among the jobs of one owner').choices(PRIORITIES))
    .option('--allow-duplicate', 'store and read a photograph that was uploaded before, and pay for it again')
    .addHelpText(
      'after',
      '\nEach file has an outcome of its own: one that is refused holds up no other. The exit code is that of the first\n' +
        'refusal.\n\nExample:\n  pantry-queue receipt add lunch.jpg --purchase-date 2026-01-31',
    );
  withConnectionFlags(command).action((files: string[], flags: AddFlags) => add(files, flags));
}

/** Every further file would be answered the same: nobody answers, or the caller may not add at all. */
const STOPPING: ReadonlySet<number> = new Set([EXIT.unavailable, EXIT.auth]);

async function add(files: readonly string[], flags: AddFlags): Promise<void> {
  const interrupt = new AbortController();
  const onInterrupt = () => interrupt.abort();
  process.once('SIGINT', onInterrupt);
  try {
    process.exitCode = await addAll(files, flags, interrupt.signal);
  } finally {
    process.removeListener('SIGINT', onInterrupt);
  }
}

/** @returns the exit code: that of the first refusal, interrupted after Ctrl-C */
async function addAll(files: readonly string[], flags: AddFlags, signal: AbortSignal): Promise<number> {
  const queue = connect(flags);
  const said = {
    purchase_date: flags.purchaseDate,
    user_id: flags.userId === undefined ? undefined : userIdOf(flags.userId),
    priority: flags.priority,
    allow_duplicate: flags.allowDuplicate,
  };
  const codes: number[] = [];
  for (const [index, file] of files.entries()) {
    if (signal.aborted) return interrupted(files.slice(index), flags);
    try {
      const added = await addOne(queue, file, said, signal);
      if (flags.json) printJson({ file, ...added });
      else print(...addedLines(file, added));
    } catch (thrown) {
      if (signal.aborted) return interrupted(files.slice(index), flags);
      const code = reportError(toAppError(thrown), { json: flags.json === true, file });
      codes.push(code);
      const notSent = files.slice(index + 1);
      if (!STOPPING.has(code) || notSent.length === 0) continue;
      for (const name of notSent) say(`Not sent: ${name}`);
      codes.push(...notSent.map(() => code));
      break;
    }
  }
  const [first = EXIT.ok] = codes;
  if (codes.length > 0 && files.length > 1) say(`${files.length - codes.length} of ${files.length} files were added.`);
  return first;
}

/** What was added stays; the file that was under way may have arrived, and is known again by its content. */
function interrupted(left: readonly string[], flags: AddFlags): number {
  const { purchaseDate, userId, priority, allowDuplicate } = flags;
  const given = { '--purchase-date': purchaseDate, '--user-id': userId, '--priority': priority };
  const words = Object.entries(given).flatMap(([flag, value]) => (value === undefined ? [] : [flag, shellWord(value)]));
  const command = ['pantry-queue receipt add', ...left.map(shellWord), ...words].join(' ');
  const again = allowDuplicate ? '' : ' A file that had arrived is not added twice.';
  say(`Stopped; what was added stays.${again} Go on with: ${command}${commandFlags(flags)}`);
  return EXIT.interrupted;
}

function addedLines(file: string, { receipt, job, deduplicated, differs = [] }: AddedReceipt): string[] {
  return [
    `receipt ${receipt.id}: ${file}`,
    ...(deduplicated ? ['  It was there already; --allow-duplicate adds it again.'] : []),
    ...(differs.length === 0 ? [] : [`  It has another ${differs.join(', ')}, which stays.`]),
    `  ${jobLine(job)}`,
  ];
}

/** Sent once more when the answer was lost: by its key the queue knows the upload again, and makes no second receipt. */
async function addOne(
  queue: QueueClient,
  file: string,
  said: Pick<Upload, 'purchase_date' | 'user_id' | 'priority' | 'allow_duplicate'>,
  signal: AbortSignal,
): Promise<AddedReceipt> {
  await refuseUnreadable(file);
  const idempotency = { key: randomUUID() };
  const send = () => queue.addReceipt({ ...said, bytes: createReadStream(file), idempotency }, { signal });
  return send().catch((error: unknown) => {
    if (isAppError(error) && error.code === 'queue_unreachable' && !signal.aborted) return send();
    throw error;
  });
}

async function refuseUnreadable(file: string): Promise<void> {
  const unreadable = (why: string) => invalidArgument('files', 'unreadable', `${file} ${why}.`);
  const found = await stat(file).catch(() => undefined);
  if (found?.isDirectory()) throw unreadable('is a folder: name the files in it');
  // Reading a pipe that nobody writes to never ends.
  if (found && !found.isFile()) throw unreadable('is no file that can be read twice');
  await access(file, constants.R_OK).catch(() => {
    throw unreadable('cannot be read');
  });
}

function userIdOf(text: string): number {
  const value = valueFromText('int', text);
  if (typeof value === 'number') return value;
  throw invalidArgument('user_id', 'type', `user_id must be a whole number, not "${text}".`);
}
