/**
 * Codes of Node and of its fetch for a connection that was never made: who was called cannot have seen the call, and
 * nothing was charged for it.
 */
export const NOT_REACHED: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);
