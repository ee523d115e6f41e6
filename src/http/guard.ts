import { quoted } from '../contract/clean-text.ts';
import { AppError } from '../contract/errors.ts';

/** Names that only ever mean this machine. */
export const LOOPBACK_NAMES: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::([0-9]{1,5}))?$/;

/**
 * Holds off web pages that reach a local port through the user's browser: a name that an attacker points at 127.0.0.1
 * stands in Host, a page of another site in Origin. Checked before anything else, on every route.
 * @param allowedNames host names without a port, in lower case
 * @throws AppError forbidden
 */
export function guardHostAndOrigin(
  request: { readonly url: string; readonly headers: Headers },
  allowedNames: readonly string[],
): void {
  // In process (tests, MCP over fetch) there is no Host header; the address then says it.
  const host = (request.headers.get('host') ?? new URL(request.url).host).toLowerCase();
  const name = HOST.exec(host)?.[1];
  // A request line with an absolute address may name another host than the header does.
  const inAddress = HOST.exec(new URL(request.url).host)?.[1];
  if (!isAllowed(name, allowedNames) || !isAllowed(inAddress, allowedNames)) {
    throw refusal(`The host ${quoted(host)} is not served here.`, `Call it by ${allowedNames.join(' or ')}.`);
  }
  const origin = request.headers.get('origin');
  if (origin === null || origin.toLowerCase() === `http://${host}` || origin.toLowerCase() === `https://${host}`)
    return;
  throw refusal(
    `Pages of origin ${quoted(origin)} may not call this.`,
    'Call it from a program, or from its own pages.',
  );
}

function isAllowed(name: string | undefined, allowedNames: readonly string[]): boolean {
  return name !== undefined && allowedNames.includes(name);
}

function refusal(message: string, hint: string): AppError {
  return new AppError('forbidden', message, { hint });
}
