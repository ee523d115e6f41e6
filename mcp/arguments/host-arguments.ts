import type { z } from 'zod';
import { invalidArgument } from '../../src/contract/check-input.ts';
import { quoted } from '../../src/contract/clean-text.ts';
import { AppError } from '../../src/contract/errors.ts';
import { plainName } from '../../src/contract/nearest.ts';
import { LIMITS } from '../../src/contract/policies.ts';
import { clampWait, isWait } from './clamp-wait.ts';
import { ABSENT, readValue } from './read-value.ts';
import { unwrap } from './unwrap.ts';

/**
 * The one place where arguments are read as hosts really send them. What has exactly one reading is read, what a host
 * adds is dropped, and everything else goes to the operation's own check, which names it. HTTP stays strict.
 */

export interface ToolArguments {
  readonly tool: string;
  readonly input: z.ZodObject;
  /** The longest wait for this call: a client that gets no progress has little patience. */
  readonly maxWaitS: number;
}

export interface ReadArguments {
  /** For the operation's check; holds also what could not be read. */
  readonly values: Record<string, unknown>;
  /** What was changed beyond its spelling, in sentences for the answer. */
  readonly notes: readonly string[];
}

/** More than a full batch needs; counted before anything looks at the values. */
const MAX_ELEMENTS = LIMITS.batch * 2 + 100;

/** What hosts are known to put beside a tool's own arguments: notes to themselves, ids of the call, fillers. */
const HOST_KEYS = new Set(
  [
    ...['task_progress', 'requires_approval', 'explanation', 'random_string', 'dummy', 'security_risk'],
    ...['tool_summary', 'tool_action', 'wait_for_previous_tools', 'tool_call_id', 'session_id', 'chat_input'],
    'progress_token',
  ].map(plainName),
);

/**
 * @param sent the call's `arguments` as they arrived, of any type
 * @throws AppError invalid_argument when they are no object in any reading, hold too much, or say one thing twice
 */
export function readArguments({ tool, input, maxWaitS }: ToolArguments, sent: unknown): ReadArguments {
  refuseTooMuch(sent);
  const fields = new Map(Object.entries(input.shape));
  const byPlainName = new Map([...fields.keys()].map((name) => [plainName(name), name]));
  const notes: string[] = [];
  const values: Record<string, unknown> = {};
  const spelled = new Map<string, string>();

  for (const [key, value] of Object.entries(unwrap(sent, tool, byPlainName))) {
    const name = fields.has(key) ? key : key.startsWith('_') ? undefined : byPlainName.get(plainName(key));
    const field = name === undefined ? undefined : fields.get(name);
    if (name === undefined || field === undefined) {
      if (!isHostKey(key)) values[key] = value;
      continue;
    }
    const read = isWait(name) ? clampWait(value, maxWaitS, notes) : readValue(field, value);
    if (read === ABSENT) continue;
    refuseTwice(name, key, read, spelled, values);
    spelled.set(name, key);
    values[name] = read;
  }
  return { values, notes };
}

function isHostKey(key: string): boolean {
  return key.startsWith('_') || key.trim() === '' || HOST_KEYS.has(plainName(key));
}

function refuseTwice(
  name: string,
  key: string,
  read: unknown,
  spelled: ReadonlyMap<string, string>,
  values: Readonly<Record<string, unknown>>,
): void {
  const before = spelled.get(name);
  if (before === undefined || JSON.stringify(values[name]) === JSON.stringify(read)) return;
  const both = `${quoted(before)} is ${quoted(values[name])} and ${quoted(key)} is ${quoted(read)}`;
  throw invalidArgument(name, 'ambiguous', `${name} came twice: ${both}. Send ${name} once.`);
}

function refuseTooMuch(sent: unknown): void {
  const tooLong = typeof sent === 'string' && sent.length > LIMITS.jsonBytes;
  if (!tooLong && countsAtMost(sent, MAX_ELEMENTS)) return;
  throw new AppError('body_too_large', 'The arguments hold more than any call needs.', {
    hint: `Send at most ${LIMITS.batch.toLocaleString('en')} receipts in one call.`,
  });
}

/** Without recursion, and no further than the limit: a nested body must not cost a stack. */
function countsAtMost(value: unknown, most: number): boolean {
  const left = [value];
  let count = 0;
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (typeof next !== 'object' || next === null) continue;
    for (const child of Object.values(next)) {
      count += 1;
      if (count > most) return false;
      if (typeof child === 'object' && child !== null) left.push(child);
    }
  }
  return true;
}
