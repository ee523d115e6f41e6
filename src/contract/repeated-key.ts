const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST] = [0x7b, 0x7d, 0x5b, 0x5d];
const COLON = 0x3a;

/**
 * The first name that stands twice in one object of a JSON text. Parsers take the last one in silence; what the sender
 * meant cannot be known. Without recursion, in one pass.
 * @param text JSON that has been parsed already
 */
export function repeatedKey(text: string): string | undefined {
  /** The names in each object that is open; undefined for a list. */
  const open: (Set<string> | undefined)[] = [];
  let last = '';
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE: {
        const end = endOfString(text, at);
        last = text.slice(at, end + 1);
        at = end;
        break;
      }
      case COLON: {
        const names = open.at(-1);
        const name = last.includes('\\') ? (JSON.parse(last) as string) : last.slice(1, -1);
        if (names?.has(name)) return name;
        names?.add(name);
        break;
      }
      case OPEN_OBJECT:
        open.push(new Set());
        break;
      case OPEN_LIST:
        open.push(undefined);
        break;
      case CLOSE_OBJECT:
      case CLOSE_LIST:
        open.pop();
        break;
    }
  }
  return undefined;
}

/** @returns where the string that begins at `start` ends */
export function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at;
}
