import { invalidArgument } from '../../src/contract/check-input.ts';
import { plainName } from '../../src/contract/nearest.ts';

/** What frameworks put around a tool's arguments; a tool's own argument of that name is never a wrapper. */
const WRAPPERS = new Set(['kwargs', 'arguments', 'args', 'params', 'parameters']);

/** A wrapper inside a wrapper has been seen; more would be a game. */
const MAX_LAYERS = 4;

type Arguments = Readonly<Record<string, unknown>>;

/**
 * What was sent as arguments → the object that was meant: nothing at all, JSON as text, a list around one object, a
 * framework's wrapper, the whole call inside its own arguments.
 * @param fields the tool's own argument names, by their plain form
 * @throws AppError invalid_argument when no reading gives an object
 */
export function unwrap(sent: unknown, tool: string, fields: ReadonlyMap<string, string>): Arguments {
  let value = sent;
  for (let layer = 0; layer < MAX_LAYERS; layer += 1) {
    const next = inside(value, tool, fields);
    if (next === value) break;
    value = next;
  }
  if (isObject(value)) return value;
  const what = Array.isArray(value) ? 'a list' : typeof value === 'string' ? 'a text' : `a ${typeof value}`;
  const example = [...fields.values()].slice(0, 1).map((name) => `"${name}": …`);
  throw invalidArgument(
    'arguments',
    'type',
    `The arguments must be one JSON object, as in {${example.join('')}}, not ${what}.`,
  );
}

/** One layer less; the same value when there is nothing around it. */
function inside(value: unknown, tool: string, fields: ReadonlyMap<string, string>): unknown {
  if (value === null || value === undefined) return {};
  if (typeof value === 'string') return value.trim() === '' ? {} : parsed(value);
  if (Array.isArray(value))
    return value.length === 0 ? {} : value.length === 1 && isObject(value[0]) ? value[0] : value;
  if (!isObject(value)) return value;

  const keys = Object.keys(value).filter((key) => !key.startsWith('_'));
  const [key = ''] = keys;
  if (keys.length === 1 && WRAPPERS.has(plainName(key)) && !fields.has(plainName(key)))
    return holding(value[key], value);
  const isWholeCall = keys.length === 2 && value.name === tool && Object.hasOwn(value, 'arguments');
  return isWholeCall && !fields.has('arguments') ? holding(value.arguments, value) : value;
}

/** The content of a wrapper, if it is one that can be read; else the wrapper itself, which is then named as unknown. */
function holding(content: unknown, wrapper: Arguments): unknown {
  const inner = typeof content === 'string' ? parsed(content) : content;
  return inner === null || isObject(inner) ? inner : wrapper;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function isObject(value: unknown): value is Arguments {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
