import type { z } from 'zod';
import { AppError, type FieldError } from '../src/contract/errors.ts';
import type { Operation } from '../src/contract/operation.ts';
import { cleanText } from './untrusted.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** More than a model can mend in one go, and few enough for one short answer. */
const MAX_PROBLEMS = 10;
const MAX_VALUE_CHARS = 40;

/**
 * Reads a call's arguments with the operation's own schema. The SDK would do it too, but its answer has neither a code
 * nor a hint, and no value: a model mends a call from what the error says.
 * @throws AppError `invalid_argument`, or `unknown_argument` when nothing else is wrong; with one field error each
 */
export function readArguments<Input extends z.ZodObject>(
  operation: Operation<string, Input>,
  args: unknown,
): z.infer<Input> {
  const parsed = operation.input.safeParse(args ?? {});
  if (parsed.success) return parsed.data;
  const names = Object.keys(operation.input.shape);
  const fields = parsed.error.issues.flatMap((issue) => fieldErrorsOf(issue, args, names));
  const shown = fields.slice(0, MAX_PROBLEMS);
  const more = fields.length > shown.length ? [`${fields.length - shown.length} more`] : [];
  const onlyUnknown = fields.every((field) => field.code === 'unknown_argument');
  throw new AppError(
    onlyUnknown ? 'unknown_argument' : 'invalid_argument',
    `${[...shown.map((field) => field.message), ...more].join('; ')}.`,
    {
      fields: shown,
      hint: `Correct this and call ${operation.name} again (its arguments: ${names.join(', ') || 'none'}).`,
    },
  );
}

function fieldErrorsOf(issue: Issue, args: unknown, names: readonly string[]): FieldError[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownArgument(issue.path, key, names));
  const given = valueAt(args, issue.path);
  const name = nameOf(issue.path);
  const message =
    given === undefined ? `${name} is missing: it ${ruleOf(issue)}` : `${name} ${ruleOf(issue)}, not ${show(given)}`;
  return [{ pointer: pointerOf(issue.path), code: 'invalid_argument', message }];
}

function unknownArgument(path: Path, key: string, names: readonly string[]): FieldError {
  const meant = names.find((name) => bare(name) === bare(key));
  const name = cleanText(key, MAX_VALUE_CHARS);
  return {
    pointer: pointerOf([...path, key.slice(0, MAX_VALUE_CHARS)]),
    code: 'unknown_argument',
    message: `${name} is no argument${meant === undefined ? '' : ` (did you mean ${meant}?)`}`,
  };
}

/** The rule in words, as the end of a sentence that begins with the argument's name. */
function ruleOf(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${WORDS[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `must be ${issue.values.length === 1 ? '' : 'one of '}${issue.values.map((value) => show(value)).join(', ')}`;
    case 'too_big':
      return `must be at most ${issue.maximum}${UNITS[issue.origin] ?? ''}`;
    case 'too_small':
      return `must be at least ${issue.minimum}${UNITS[issue.origin] ?? ''}`;
    default:
      return 'has a form that is not allowed';
  }
}

const WORDS: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'a text',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
};

const UNITS: Readonly<Record<string, string>> = { string: ' characters long', array: ' entries long' };

const bare = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '');

const nameOf = (path: Path) => (path.length === 0 ? 'the arguments' : cleanText(path.map(String).join('.'), 80));

const pointerOf = (path: Path) =>
  path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

function show(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (value !== null && typeof value === 'object') return 'an object';
  return cleanText(JSON.stringify(value) ?? 'undefined', MAX_VALUE_CHARS);
}

function valueAt(args: unknown, path: Path): unknown {
  let value = args;
  for (const part of path) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, part)) return undefined;
    value = Reflect.get(value, part);
  }
  return value;
}
