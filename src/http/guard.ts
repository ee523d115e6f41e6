import { isIP } from 'node:net';
import { quoted } from '../contract/clean-text.ts';
import { AppError } from '../contract/errors.ts';

/** What the guards look at. */
export type Received = { readonly method: string; readonly url: string; readonly headers: Headers };

/** Names that only ever mean this machine. */
export const LOOPBACK_NAMES: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

/** By which names the server may be called, and whose pages may call it besides its own. */
export interface AllowedCallers {
  /** Host names without a port, in lower case; IPv6 in brackets. */
  readonly hosts: readonly string[];
  /** Any IP address too: no web page of a stranger can make a browser send one that is not the server's own. */
  readonly addresses?: boolean;
  /** `https://app.example` */
  readonly origins: readonly string[];
}

/** This machine's programs and its own pages. */
export const LOCAL_CALLERS: AllowedCallers = { hosts: LOOPBACK_NAMES, origins: [] };

const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::([0-9]{1,5}))?$/;

/** What a browser says of a request that its own user began: in the address bar, or on one of our pages. */
const OWN_SITES: readonly string[] = ['same-origin', 'none'];

/**
 * Refuses web pages that reach the port through a user's browser: a name that an attacker points at 127.0.0.1 stands
 * in Host, a page of another site in Origin, and in Sec-Fetch-Site where a GET has no Origin.
 * @throws AppError forbidden, naming the setting that would allow the call
 */
export function guardCaller(request: Received, allowed: AllowedCallers): void {
  const { headers } = request;
  // In process (tests, MCP over fetch) there is no Host header; the address then names it.
  const host = (headers.get('host') ?? new URL(request.url).host).toLowerCase();
  guardHost(host, allowed);
  // A request line with an absolute address may name another host than the header does.
  guardHost(new URL(request.url).host, allowed);

  const origin = headers.get('origin')?.toLowerCase();
  if (origin !== undefined && (isOriginOf(host, origin) || allowed.origins.includes(origin))) return;
  if (origin !== undefined) throw strangePage(`Pages of origin ${quoted(origin)} may not call this.`);

  const site = headers.get('sec-fetch-site')?.toLowerCase();
  if (site === undefined || OWN_SITES.includes(site) || isPageVisit(request)) return;
  throw strangePage(`Pages of another site may not call this (Sec-Fetch-Site ${quoted(site)}).`);
}

/** Does nothing besides reading its address. */
const isRead = (method: string): boolean => method === 'GET' || method === 'HEAD';

/**
 * Did a page of the server itself make the call, or a program? Browsers name the page's origin with every call that is
 * more than a read; a read without one is told by its site.
 */
export function isOwnPage({ method, url, headers }: Received): boolean {
  const host = (headers.get('host') ?? new URL(url).host).toLowerCase();
  const origin = headers.get('origin')?.toLowerCase();
  if (origin !== undefined) return isOriginOf(host, origin);
  const site = headers.get('sec-fetch-site')?.toLowerCase();
  return isRead(method) && (site === undefined || OWN_SITES.includes(site));
}

const isOriginOf = (host: string, origin: string): boolean =>
  origin === `http://${host}` || origin === `https://${host}`;

function guardHost(host: string, { hosts: names, addresses = false }: AllowedCallers): void {
  const name = HOST.exec(host)?.[1];
  if (name !== undefined && (names.includes(name) || (addresses && isIP(name.replace(/^\[|\]$/g, '')) !== 0))) return;
  throw new AppError('forbidden', `The host ${quoted(host)} is not served here.`, {
    hint: `Call it by ${shown(names)}, or add the name to ALLOWED_HOSTS (comma-separated, without port) and restart the server.`,
  });
}

/** Somebody followed a link from elsewhere: the answer is shown to that person, and no page can read it. */
function isPageVisit({ method, headers }: Pick<Received, 'method' | 'headers'>): boolean {
  const isVisit = headers.get('sec-fetch-mode') === 'navigate' && headers.get('sec-fetch-dest') === 'document';
  return isVisit && isRead(method);
}

const MAX_SHOWN = 5;

function shown(names: readonly string[]): string {
  const more = names.length > MAX_SHOWN ? [`${names.length - MAX_SHOWN} more names`] : [];
  return [...names.slice(0, MAX_SHOWN), ...more].join(' or ');
}

function strangePage(message: string): AppError {
  return new AppError('forbidden', message, {
    hint: 'Call it from a program or its own pages, or add the page’s origin to ALLOWED_ORIGINS and restart the server.',
  });
}
