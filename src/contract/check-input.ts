import type { z } from 'zod';
import { cleanLine, quoted } from './clean-text.ts';
import { AppError, type FieldError } from './errors.ts';
import { nearestName } from './nearest.ts';
import { LIMITS } from './policies.ts';

/** More would not be read; the message says how many there are. */
const MAX_FIELD_ERRORS = 10;

type Issue = z.core.$ZodIssue;

const KINDS: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a whole number',
  string: 'a text',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
};

/** A pattern brings its words with it, as the message of its rule. */
const FORMATS: Readonly<Record<string, string>> = {
  date: 'a date as YYYY-MM-DD',
  datetime: 'a time as 2026-01-31T12:00:00Z',
};

/**
 * Arguments from outside → what a use case takes. Every door calls this, so that the same mistake has the same code and
 * the same sentence over HTTP, MCP and the CLI.
 * @param schema strict: an unknown field is an error
 * @throws AppError unknown_argument when nothing but unknown fields is wrong, batch_too_large, else invalid_argument;
 *   each names its fields, at most 10
 */
export function checkInput<S extends z.ZodObject>(schema: S, value: unknown): z.infer<S> {
  const fits = schema.safeParse(value);
  if (fits.success) return fits.data;
  // Once more with what was given, which messages quote: keeping it makes every check eight times as dear.
  const parsed = schema.safeParse(value, { reportInput: true });
  if (parsed.success) return parsed.data;
  const fields = uniqueByPointer(
    parsed.error.issues.flatMap((issue) => fieldErrorsOf(issue, Object.keys(schema.shape))),
  );
  const code = parsed.error.issues.some(isOverfullBatch)
    ? 'batch_too_large'
    : fields.every((field) => field.code === 'unknown')
      ? 'unknown_argument'
      : 'invalid_argument';
  throw new AppError(code, summaryOf(fields, unnamed(parsed.error.issues)), {
    fields: fields.slice(0, MAX_FIELD_ERRORS),
  });
}

/** An error about one argument, for rules that no schema can hold. */
export function invalidArgument(name: string, code: string, message: string): AppError {
  return new AppError('invalid_argument', message, { fields: [{ pointer: `/${name}`, code, message }] });
}

/** What is wrong with a value: a stable code and a sentence that names the field. */
export type Fault = Omit<FieldError, 'pointer'>;

/** A rule of one field that its type cannot hold, for `check` of its schema. */
export function fieldRule<T>(faultIn: (value: T) => Fault | undefined): (payload: z.core.ParsePayload<T>) => void {
  return ({ value, issues }) => {
    const fault = faultIn(value);
    if (fault) issues.push({ code: 'custom', input: value, params: { fault } });
  };
}

function isOverfullBatch(issue: Issue): boolean {
  return issue.code === 'too_big' && issue.origin === 'array' && issue.maximum === LIMITS.batch;
}

/** Unknown names beyond those that get a sentence: a body may hold a hundred thousand. */
function unnamed(issues: readonly Issue[]): number {
  return issues.reduce(
    (count, issue) =>
      count + (issue.code === 'unrecognized_keys' ? Math.max(0, issue.keys.length - MAX_FIELD_ERRORS) : 0),
    0,
  );
}

/** @param uncounted errors besides those of `fields` */
function summaryOf(fields: readonly FieldError[], uncounted: number): string {
  const [first] = fields;
  const more = fields.length - 1 + uncounted;
  return `${first?.message ?? 'The arguments are not usable.'}${more > 0 ? ` And ${more} more.` : ''}`;
}

/** One sentence a field, the last: a number beyond 2^53 breaks the bound of whole numbers first, then the field's own. */
function uniqueByPointer(fields: readonly FieldError[]): FieldError[] {
  return [...new Map(fields.map((field) => [field.pointer, field])).values()];
}

function fieldErrorsOf(issue: Issue, known: readonly string[]): FieldError[] {
  if (issue.code === 'unrecognized_keys') {
    const listed = issue.path.length === 0 ? known : [];
    return issue.keys.slice(0, MAX_FIELD_ERRORS).map((key, place) => ({
      pointer: pointerOf([...issue.path, key]),
      code: 'unknown',
      message: unknownArgument(key, listed, place === 0),
    }));
  }
  if (issue.code === 'custom' && issue.params?.fault) {
    return [{ pointer: pointerOf(issue.path), ...(issue.params.fault as Fault) }];
  }
  const name = nameOf(issue.path);
  // A field with a list of words is missing in another way than others.
  const missing = (issue.code === 'invalid_type' || issue.code === 'invalid_value') && issue.input === undefined;
  const [code, rule] = missing ? ['required', 'is missing'] : ruleOf(issue);
  const given = missing ? '' : `, not ${givenValue(issue)}`;
  return [{ pointer: pointerOf(issue.path), code, message: `${name} ${rule}${given}.` }];
}

/** The allowed names stand in the first of several sentences only. */
function unknownArgument(key: string, known: readonly string[], isFirst: boolean): string {
  const near = nearestName(key, known);
  const guess = near === undefined ? '' : ` Did you mean ${near}?`;
  return `Unknown argument ${quoted(key)}.${guess}${isFirst && known.length > 0 ? ` Allowed: ${known.join(', ')}.` : ''}`;
}

function givenValue(issue: Issue): string {
  if (issue.code === 'too_big' || issue.code === 'too_small') {
    if (issue.origin === 'string' || issue.origin === 'array') return `${sizeOf(issue.input)}`;
  }
  return quoted(issue.input);
}

function sizeOf(input: unknown): number {
  return typeof input === 'string' || Array.isArray(input) ? input.length : 0;
}

/** A stable code and the rule in words, to follow the field's name. */
function ruleOf(issue: Issue): [code: string, rule: string] {
  switch (issue.code) {
    case 'invalid_type':
      return ['type', `must be ${KINDS[issue.expected] ?? issue.expected}`];
    case 'too_small':
      return ['too_small', `must ${boundOf(issue.origin, 'at least', issue.minimum)}`];
    case 'too_big':
      return ['too_big', `must ${boundOf(issue.origin, 'at most', issue.maximum)}`];
    case 'invalid_value':
      return [
        'not_allowed',
        `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`,
      ];
    case 'invalid_format':
      return ['format', `must be ${FORMATS[issue.format] ?? issue.message}`];
    default:
      return ['invalid', 'must be of the documented form'];
  }
}

function boundOf(origin: string, words: string, bound: number | bigint): string {
  if (origin === 'string') return `have ${words} ${bound} characters`;
  if (origin === 'array') return `hold ${words} ${bound} entries`;
  return `be ${words} ${bound}`;
}

/** `receipt_ids[3]`; the arguments as a whole have no name of their own. */
function nameOf(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'The arguments';
  return path
    .map((step, depth) => (typeof step === 'number' ? `[${step}]` : `${depth > 0 ? '.' : ''}${String(step)}`))
    .join('');
}

function pointerOf(path: readonly PropertyKey[]): string {
  return path.map((step) => `/${cleanLine(String(step), 60).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
