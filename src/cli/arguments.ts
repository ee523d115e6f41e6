import { Argument, type Command, Option } from 'commander';
import type { z } from 'zod';
import { isList, type TextKind, textKindOf, valueFromText, valuesFromTexts } from '../contract/from-text.ts';
import type { Operation } from '../contract/operation.ts';

/** What the words and flags of a command are made from. */
type Row = Pick<Operation, 'name' | 'input' | 'cli'>;

/** Beside the option and not in it: a wrong value is told of by the one check that every door has. */
const CHOICES = new WeakMap<Option, readonly string[]>();

/** The words that an option of an operation takes; none where it takes any. */
export const choicesOfOption = (option: Option): readonly string[] => CHOICES.get(option) ?? [];

/** The words of a row's command: its group and its own. */
export function wordsOfCommand({ cli }: Pick<Row, 'cli'>): readonly string[] {
  return grammarOf(cli).words;
}

/**
 * Gives a command the arguments and flags of its row.
 * @returns reads their values out of what its action is called with
 */
export function withArguments(command: Command, row: Row): (values: readonly unknown[]) => Record<string, unknown> {
  const { positionals } = grammarOf(row.cli);
  const isPositional = (name: string) => positionals.some((positional) => positional.name === name);
  const named = Object.keys(row.input.shape).filter((name) => !isPositional(name));
  for (const { name, form } of positionals) command.addArgument(new Argument(form, describe(row, name)));
  for (const name of named) {
    const option = new Option(flagOf(row, name), describe(row, name));
    CHOICES.set(option, choicesOf(fieldOf(row, name)).map(String));
    command.addOption(option);
  }
  return (values) => {
    const flags = command.opts<Record<string, unknown>>();
    const texts = [
      ...positionals.map(({ name }, index) => [name, values[index]]),
      ...named.map((name) => [name, flags[camel(flagNameOf(name))]]),
    ];
    return valuesOf(row, Object.fromEntries(texts));
  };
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

function valuesOf(row: Row, texts: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(texts).filter(
    ([, text]) => text !== undefined && !(Array.isArray(text) && text.length === 0),
  );
  return Object.fromEntries(
    entries.map(([name, text]) => [
      name,
      text === NOTHING && takesNull(row, name) ? null : typed(kindOf(row, name), text),
    ]),
  );
}

function typed(kind: TextKind, text: unknown): unknown {
  if (Array.isArray(text)) return isList(kind) ? valuesFromTexts(kind, text.map(String)) : text;
  return typeof text === 'string' ? valueFromText(kind, text) : text;
}

/** How a value is removed on a command line. */
const NOTHING = 'none';

function takesNull(row: Row, name: string): boolean {
  const { def } = fieldOf(row, name)._zod as z.core.$ZodTypes['_zod'];
  return (def.type === 'optional' ? def.innerType : fieldOf(row, name))._zod.def.type === 'nullable';
}

function fieldOf(row: Row, name: string): z.core.$ZodType {
  const field = row.input.shape[name];
  if (field === undefined) throw new Error(`${row.name} has no field ${name}`);
  return field;
}

function kindOf(row: Row, name: string): TextKind {
  return textKindOf(fieldOf(row, name));
}

/** Fields whose name is that of a flag which every command has. */
const OTHERWISE: ReadonlyMap<string, string> = new Map([['url', 'to']]);

export const flagNameOf = (name: string): string => OTHERWISE.get(name) ?? name.replaceAll('_', '-');

const VALUES: Readonly<Partial<Record<TextKind, string>>> = { int: 'n', 'list of int': 'n', json: 'json' };

/** `--receipt-ids <n...>`; a flag has no value. */
function flagOf(row: Row, name: string): string {
  const flag = `--${flagNameOf(name)}`;
  const kind = kindOf(row, name);
  if (kind === 'flag') return flag;
  const value = VALUES[kind] ?? (isTime(row, name) ? 'time' : 'text');
  return `${flag} <${value}${isList(kind) ? '...' : ''}>`;
}

/** What stands inside an optional field. */
function innermost(field: z.core.$ZodType): z.core.$ZodTypes['_zod']['def'] {
  const { def } = field._zod as z.core.$ZodTypes['_zod'];
  return def.type === 'optional' ? innermost(def.innerType) : def;
}

const isTime = (row: Row, name: string): boolean => {
  const def = innermost(fieldOf(row, name));
  return def.type === 'string' && 'format' in def && def.format === 'datetime';
};

/** The words that a field, or each entry of a list, is one of. */
function choicesOf(field: z.core.$ZodType): readonly unknown[] {
  const def = innermost(field);
  if (def.type === 'array') return choicesOf(def.element);
  return def.type === 'enum' ? Object.values(def.entries) : [];
}

/** A field's own words, and those that it takes. */
function describe(row: Row, name: string): string {
  const choices = choicesOf(fieldOf(row, name));
  const words = wordsOf(fieldOf(row, name));
  if (takesNull(row, name)) return `${words} ${NOTHING}: no limit.`;
  return choices.length === 0 ? words : `${words} One of: ${choices.join(', ')}.`.trimStart();
}

/** An optional field keeps its words inside. */
function wordsOf(field: z.core.$ZodType): string {
  const { description } = field as { description?: string };
  if (description !== undefined) return description;
  const { def } = field._zod as z.core.$ZodTypes['_zod'];
  return def.type === 'optional' ? wordsOf(def.innerType) : '';
}

function camel(name: string): string {
  return name.replace(/[_-]([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
