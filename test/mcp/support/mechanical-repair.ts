/**
 * An agent without a mind: it knows the list of tools and reads only what a refusal says. It tells how far the text alone
 * gets a model; whatever it needs beyond the text is a fault of the text.
 */

export interface Call {
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

interface ListedTool {
  readonly name: string;
  readonly inputSchema: { readonly properties: Readonly<Record<string, ListedArgument>> };
}
interface ListedArgument {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly items?: ListedArgument;
  readonly description?: string;
}

/** What a refusal shows. */
export interface Refusal {
  readonly summary: string;
  readonly hint?: string;
  readonly next?: { readonly tool: string; readonly arguments: Readonly<Record<string, unknown>> };
}

type Args = Readonly<Record<string, unknown>>;
/** A value that the list shows for an argument. */
type Example = (argument: string) => unknown;
/** What the sentence found asks for: values by argument, undefined for one that must go. */
type Mend = (args: Args, found: readonly [string, string], example: Example) => Args;

/** `receipt_ids[3]` is mended as `receipt_ids`. */
const NAME = '(\\w+)(?:\\[\\d+\\])?(?:\\.\\w+)*';
const rule = (says: string) => new RegExp(says.replace('NAME', NAME), 'g');

/** One for each form of sentence. All that match are followed, each name by the first that does. */
const RULES: readonly (readonly [says: RegExp, mend: Mend])[] = [
  [
    rule('Unknown argument "([^"]*)"\\. Did you mean (\\w+)\\?'),
    (args, [wrong, right]) => ({ [wrong]: undefined, [right]: args[wrong] }),
  ],
  [rule('Unknown argument "([^"]*)"'), (_, [wrong]) => ({ [wrong]: undefined })],
  [rule('Give only one of (?:\\w+, )*\\w+ and NAME'), (_, [other]) => ({ [other]: undefined })],
  [rule('without (confirm_token|cursor)'), (_, [name]) => ({ [name]: undefined })],
  [rule('[Ll]eave (\\w+) out'), (_, [name]) => ({ [name]: undefined })],
  [rule('NAME is missing'), (_, [name], example) => ({ [name]: example(name) })],
  [rule('NAME must be one of ([\\w-]+)'), (_, [name, first]) => ({ [name]: first })],
  [rule('NAME must be true'), (_, [name]) => ({ [name]: true })],
  [rule('NAME must be at (?:least|most) (\\d+)'), (_, [name, bound]) => ({ [name]: Number(bound) })],
  [rule('NAME must (?:hold|have) at most (\\d+)'), (args, [name, most]) => ({ [name]: cut(args[name], Number(most)) })],
  [rule('NAME must be an? [^".]*as "?([^",]+)"?'), (_, [name, form]) => ({ [name]: inForm(form) })],
  [rule('NAME must be a text of one line'), (args, [name]) => ({ [name]: onOneLine(args[name]) })],
  [rule('NAME must (?:be|hold)'), (_, [name], example) => ({ [name]: example(name) })],
];

function cut(value: unknown, most: number): unknown {
  if (typeof value === 'string') return value.slice(0, most);
  return Array.isArray(value) ? value.slice(0, most).map((entry) => cut(entry, most)) : value;
}
/** `YYYY-MM-DD` is a form, everything else that is given as one is an example. */
const inForm = (text: string) => text.trim().replace(/^YYYY-MM-DD.*/, '2026-01-31');
const onOneLine = (value: unknown) => String(value).replace(/\p{Cc}+/gu, ' ');

/** @returns the call to make in place of the refused one; undefined when the text says nothing that could be followed */
export function repaired(call: Call, refusal: Refusal, list: readonly ListedTool[]): Call | undefined {
  const text = `${refusal.summary} ${refusal.hint ?? ''}`;
  const named = /There is no tool .* Did you mean (\w+)\?/.exec(text)?.[1];
  if (named !== undefined) return { ...call, name: named };

  const properties = list.find(({ name }) => name === call.name)?.inputSchema.properties ?? {};
  const example: Example = (argument) => exampleOf(properties[argument]);
  const mended = new Map(Object.entries(call.arguments));
  const done = new Set<string>();
  for (const [says, mend] of RULES) {
    for (const [, first = '', second = ''] of text.matchAll(says)) {
      if (done.has(first)) continue;
      done.add(first);
      for (const entry of Object.entries(mend(call.arguments, [first, second], example))) mended.set(...entry);
    }
  }
  const args = Object.fromEntries([...mended].filter(([, value]) => value !== undefined));
  return done.size === 0 ? undefined : { ...call, arguments: args };
}

/** The call that a refusal names in full, and what of its answer stands for the argument that was refused. */
export function lookUp({ summary, hint = '' }: Refusal, list: readonly ListedTool[]): Call | undefined {
  const name = list.map((tool) => tool.name).find((tool) => hint.includes(tool) || summary.includes(tool));
  return name === undefined ? undefined : { name, arguments: {} };
}

/** Nothing for an argument that the list does not show: then it is left out. */
function exampleOf(argument: ListedArgument | undefined): unknown {
  if (argument === undefined) return undefined;
  const { type, enum: [first] = [], description = '', items } = argument;
  if (first !== undefined) return first;
  if (type === 'array') return [exampleOf({ description, ...items })];
  if (type === 'boolean') return true;
  const shown = /[Aa]s in "?([^"]+?)"?\.$/.exec(description)?.[1] ?? /Default (\d+)/.exec(description)?.[1];
  if (type === 'integer') return shown === undefined ? undefined : Number(shown);
  return shown ?? (description.includes('YYYY-MM-DD') ? '2026-01-31' : undefined);
}
