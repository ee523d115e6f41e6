/**
 * Takes a progress token that is no token out of a message of MCP, where hosts put null or an object: a call without
 * one is answered all the same, and a call with an odd one is no message at all to the library.
 * @returns whether there was one
 */
export function dropOddToken(message: unknown): boolean {
  const meta = fieldOf(fieldOf(message, 'params'), '_meta');
  if (typeof meta !== 'object' || meta === null || !Object.hasOwn(meta, 'progressToken')) return false;
  const token = fieldOf(meta, 'progressToken');
  if (typeof token === 'string' || Number.isSafeInteger(token)) return false;
  return Reflect.deleteProperty(meta, 'progressToken');
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
