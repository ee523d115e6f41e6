import { endOfString, repeatedKey } from '../repeated-key.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The bytes of a reply as JSON. A byte-order mark is passed over, bytes that are no UTF-8 become U+FFFD, and the bare
 * `NaN` and `Infinity` that Python writes are null.
 * @returns undefined when the bytes are no JSON
 */
export function parseJson(bytes: Uint8Array): unknown {
  const text = textOf(bytes);
  return parsed(text) ?? parsed(withoutNotNumbers(text));
}

/** A name that stands twice in an object of the reply: which of its values is meant nobody knows. */
export const repeatedIn = (bytes: Uint8Array): string | undefined => repeatedKey(textOf(bytes));

const textOf = (bytes: Uint8Array) => new TextDecoder('utf-8').decode(bytes);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const NOT_NUMBERS = ['-Infinity', 'Infinity', '-NaN', 'NaN'];

/** One pass by hand: a regular expression would need a stack as deep as the longest string. */
function withoutNotNumbers(text: string): string {
  const parts: string[] = [];
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const letter = text[at];
    if (letter === '"') at = endOfString(text, at);
    else if (letter === 'N' || letter === 'I' || letter === '-') {
      const word = NOT_NUMBERS.find((each) => text.startsWith(each, at));
      if (word === undefined) continue;
      parts.push(text.slice(from, at), 'null');
      at += word.length - 1;
      from = at + 1;
    }
  }
  return parts.join('') + text.slice(from);
}
