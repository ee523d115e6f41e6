import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import type { z } from 'zod';
import type { ClientContext } from '../client/index.ts';
import { isList, type TextKind, textKindOf, valueFromText, valuesFromTexts } from '../contract/from-text.ts';
import type { Operation } from '../contract/operation.ts';
import { type OperationKey, operations } from '../contract/operations.ts';
import { callByKey } from '../contract/queue-api.ts';
import { textOf } from '../words/answers.ts';
import { confirmed, hasPreview } from './confirm.ts';
import { connect, withConnectionFlags } from './connection.ts';
import type { FollowFlags } from './follow.ts';
import { followJob } from './follow-job.ts';
import { print, printJson, say } from './output.ts';

const GROUPS: Readonly<Record<string, string>> = {
  job: 'queue, follow, cancel and retry single jobs',
  batch: 'queue many receipts at once, and follow them',
  failed: 'clear failed jobs, run them again, or take a clearing back',
  bulk: 'follow what was begun over many jobs',
  queue: 'counts, workers, pause and resume',
  receipt: 'add receipts and read what was found in them',
  review: 'settle what the reader was not sure of',
};

/** Does it make a job, which a person may want to see to its end? */
const makesJob = ({ accepted, output }: Operation) => accepted !== undefined && Object.hasOwn(output.shape, 'job_id');

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

/** One command for each row of the operations table. */
export function registerOperations(program: Command): void {
  for (const key of Object.keys(operations) as OperationKey[]) registerOperation(program, key);
}

function registerOperation(program: Command, key: OperationKey): void {
  const operation: Operation = operations[key];
  const { words, positionals } = grammarOf(operation.cli);
  const [group = '', word = ''] = words;
  const command = groupOf(program, group).command(word).description(operation.summary);

  const isPositional = (name: string) => positionals.some((positional) => positional.name === name);
  for (const { name, form } of positionals) command.addArgument(new Argument(form, describe(operation, name)));
  for (const name of Object.keys(operation.input.shape)) {
    if (!isPositional(name)) command.addOption(new Option(flagOf(operation, name), describe(operation, name)));
  }
  if (makesJob(operation)) {
    command
      .option('--wait', 'follow the job to its end, through restarts of the queue; exits 0 only when it finished')
      .option('--timeout <seconds>', 'with --wait: stop after this time and exit 5', secondsOf);
  }
  if (hasPreview(operation)) command.option('--yes', 'act at once, without showing the preview and asking');
  withConnectionFlags(command).action(async (...values: unknown[]) => {
    const flags = command.opts<FollowFlags & { wait?: boolean; yes?: boolean } & Record<string, unknown>>();
    const texts = Object.fromEntries([
      ...positionals.map(({ name }, index) => [name, values[index]]),
      ...Object.keys(operation.input.shape)
        .filter((name) => !isPositional(name))
        .map((name) => [name, flags[camel(flagNameOf(name))]]),
    ]);
    const context: ClientContext = { tell: say };
    const queue = connect(flags);
    const output = await callByKey(queue, key, valuesOf(operation, texts), context);
    if (flags.wait && 'job_id' in output) {
      process.exitCode = await followJob(connect(flags, { resumesWaits: false }), output.job_id, flags);
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
    if (flags.json) printJson(output);
    else print(...textOf(key, output));
  });
}

/** `job enqueue <receipt_id>` → its words and its positional fields. */
function grammarOf(cli: string): { words: string[]; positionals: { name: string; form: string }[] } {
  const parts = cli.split(' ');
  return {
    words: parts.filter((part) => /^[a-z]/.test(part)),
    positionals: parts
      .filter((part) => /^[<[]/.test(part))
      .map((form) => ({ form, name: form.replace(/[<>[\].]/g, '') })),
  };
}

function valuesOf(operation: Operation, texts: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(texts).filter(
    ([, text]) => text !== undefined && !(Array.isArray(text) && text.length === 0),
  );
  return Object.fromEntries(
    entries.map(([name, text]) => [
      name,
      text === NOTHING && takesNull(operation, name) ? null : typed(kindOf(operation, name), text),
    ]),
  );
}

function typed(kind: TextKind, text: unknown): unknown {
  if (Array.isArray(text)) return isList(kind) ? valuesFromTexts(kind, text.map(String)) : text;
  return typeof text === 'string' ? valueFromText(kind, text) : text;
}

/** How a value is removed on a command line. */
const NOTHING = 'none';

function takesNull(operation: Operation, name: string): boolean {
  const { def } = fieldOf(operation, name)._zod as z.core.$ZodTypes['_zod'];
  return (def.type === 'optional' ? def.innerType : fieldOf(operation, name))._zod.def.type === 'nullable';
}

function fieldOf(operation: Operation, name: string): z.core.$ZodType {
  const field = operation.input.shape[name];
  if (field === undefined) throw new Error(`${operation.name} has no field ${name}`);
  return field;
}

function kindOf(operation: Operation, name: string): TextKind {
  return textKindOf(fieldOf(operation, name));
}

/** Fields whose name is that of a flag which every command has. */
const OTHERWISE: ReadonlyMap<string, string> = new Map([['url', 'to']]);

export const flagNameOf = (name: string): string => OTHERWISE.get(name) ?? name.replaceAll('_', '-');

const VALUES: Readonly<Partial<Record<TextKind, string>>> = { int: 'n', 'list of int': 'n', 'list of objects': 'json' };

/** `--receipt-ids <n...>`; a flag has no value. */
function flagOf(operation: Operation, name: string): string {
  const flag = `--${flagNameOf(name)}`;
  const kind = kindOf(operation, name);
  if (kind === 'flag') return flag;
  const value = VALUES[kind] ?? (isTime(operation, name) ? 'time' : 'text');
  return `${flag} <${value}${isList(kind) ? '...' : ''}>`;
}

/** What stands inside an optional field. */
function innermost(field: z.core.$ZodType): z.core.$ZodTypes['_zod']['def'] {
  const { def } = field._zod as z.core.$ZodTypes['_zod'];
  return def.type === 'optional' ? innermost(def.innerType) : def;
}

const isTime = (operation: Operation, name: string): boolean => {
  const def = innermost(fieldOf(operation, name));
  return def.type === 'string' && 'format' in def && def.format === 'datetime';
};

/** The words that a field, or each entry of a list, is one of. */
function choicesOf(field: z.core.$ZodType): readonly unknown[] {
  const def = innermost(field);
  if (def.type === 'array') return choicesOf(def.element);
  return def.type === 'enum' ? Object.values(def.entries) : [];
}

/** A field's own words, and those that it takes. */
function describe(operation: Operation, name: string): string {
  const choices = choicesOf(fieldOf(operation, name));
  const words = wordsOf(operation, name);
  if (takesNull(operation, name)) return `${words} ${NOTHING}: no limit.`;
  return choices.length === 0 ? words : `${words} One of: ${choices.join(', ')}.`.trimStart();
}

/** An optional field keeps its words inside. */
function wordsOf(operation: Operation, name: string): string {
  let field: z.core.$ZodType = fieldOf(operation, name);
  for (;;) {
    const { description } = field as { description?: string };
    if (description !== undefined) return description;
    const { def } = field._zod as z.core.$ZodTypes['_zod'];
    if (def.type !== 'optional') return '';
    field = def.innerType;
  }
}

function camel(name: string): string {
  return name.replace(/[_-]([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
