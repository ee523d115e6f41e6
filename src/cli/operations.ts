import { type Command, InvalidArgumentError } from 'commander';
import type { ClientContext } from '../client/index.ts';
import type { Operation } from '../contract/operation.ts';
import { type OperationKey, operations } from '../contract/operations.ts';
import { callByKey } from '../contract/queue-api.ts';
import { textOf } from '../words/answers.ts';
import { withArguments, wordsOfCommand } from './arguments.ts';
import { confirmed, hasPreview } from './confirm.ts';
import { connect, withConnectionFlags } from './connection.ts';
import { type DirectFlags, directly } from './directly.ts';
import { EXAMPLES, exampleText } from './examples.ts';
import type { FollowFlags } from './follow.ts';
import { followBatch } from './follow-batch.ts';
import { followJob } from './follow-job.ts';
import { print, printJson, say } from './output.ts';

const GROUPS: Readonly<Record<string, string>> = {
  job: 'queue, follow, cancel and retry single jobs',
  batch: 'queue many receipts at once, and follow them',
  failed: 'clear failed jobs, run them again, or take a clearing back',
  bulk: 'follow what was begun over many jobs',
  queue: 'counts, workers, pause and resume',
  budget: 'limit what readings may cost in a day or a month',
  schedule: 'queue what is pending by the clock',
  webhook: 'send events to addresses of other programs',
  keys: 'who may call: make, rotate and revoke keys',
  audit: 'who did what, and when',
  task: 'handles by which MCP clients follow jobs and batches',
  receipt: 'add receipts and read what was found in them',
  review: 'settle what the reader was not sure of',
};

/** What of an answer stands alone on stdout, for scripts; the words around it go to stderr. */
const ALONE: Readonly<Partial<Record<OperationKey, string>>> = { createKey: 'key', rotateKey: 'key' };

/** Does it make a job, which a person may want to see to its end? */
const makesJob = ({ accepted, output }: Operation) => accepted !== undefined && Object.hasOwn(output.shape, 'job_id');

/** Does it make a batch, which a person may want to see to its end? */
const makesBatch = ({ accepted, output }: Operation) =>
  accepted !== undefined && Object.hasOwn(output.shape, 'batch_id') && Object.hasOwn(output.shape, 'job_ids');

/** @throws InvalidArgumentError for what is no time */
export function secondsOf(text: string): number {
  const seconds = Number(text);
  if (!/^\d{1,7}$/.test(text) || seconds === 0) throw new InvalidArgumentError('A time is a whole number of seconds.');
  return seconds;
}

/** The command that holds a group's words: `pantry-queue job …`. */
export function groupOf(program: Command, word: string): Command {
  const found = program.commands.find((command) => command.name() === word);
  return found ?? program.command(word).description(GROUPS[word] ?? '');
}

/**
 * One command for each row of the operations table.
 * @param args of the command line: a group that they do not name stays empty, since making all commands takes longer than
 *   most of them run
 */
export function registerOperations(program: Command, args: readonly string[]): void {
  for (const key of Object.keys(operations) as OperationKey[]) {
    const [group = ''] = operations[key].cli.split(' ');
    if (args.includes(group)) registerOperation(program, key);
    else groupOf(program, group);
  }
}

function registerOperation(program: Command, key: OperationKey): void {
  const operation: Operation = operations[key];
  const words = wordsOfCommand(operation);
  const [group = '', word = ''] = words;
  const command = groupOf(program, group)
    .command(word)
    .description(operation.summary)
    .addHelpText('after', exampleText(EXAMPLES[key]));
  const argumentsIn = withArguments(command, operation);
  if (makesJob(operation) || makesBatch(operation)) {
    const what = makesJob(operation) ? 'the job to its end' : 'all its jobs to their ends';
    command
      .option('--wait', `follow ${what}, through restarts of the queue; exits 0 only when it finished`)
      .option('--timeout <seconds>', 'with --wait: stop after this time and exit 5', secondsOf);
  }
  const direct = directly(key);
  if (direct)
    command.option('--tenant <name>', 'only with DATABASE_URL and no queue named: whose keys (default: default)');
  if (hasPreview(operation)) command.option('--yes', 'act at once, without showing the preview and asking');
  withConnectionFlags(command).action(async (...values: unknown[]) => {
    const flags = command.opts<FollowFlags & DirectFlags & { wait?: boolean; yes?: boolean }>();
    const context: ClientContext = { tell: say };
    const queue = direct?.isMeant(flags) ? direct.inDatabase(flags) : connect(flags);
    const output = await callByKey(queue, key, argumentsIn(values), context);
    if (flags.wait && 'job_id' in output && output.job_id !== null) {
      process.exitCode = await followJob(connect(flags, { resumesWaits: false }), output.job_id, flags);
      return;
    }
    if (flags.wait && makesBatch(operation) && 'batch_id' in output && typeof output.batch_id === 'string') {
      process.exitCode = await followBatch(connect(flags, { resumesWaits: false }), output.batch_id, flags);
      return;
    }
    if (hasPreview(operation)) {
      await confirmed(output, {
        flags,
        words: words.join(' '),
        textOf: (answer) => textOf(key, answer),
        confirm: (confirm_token) => callByKey(queue, key, { confirm_token }, context),
        isTerminal: process.stdin.isTTY && process.stdout.isTTY,
      });
      return;
    }
    const alone = ALONE[key];
    if (flags.json) return printJson(output);
    if (alone === undefined) return print(...textOf(key, output));
    textOf(key, output).forEach(say);
    print(String(Reflect.get(output, alone)));
  });
}
