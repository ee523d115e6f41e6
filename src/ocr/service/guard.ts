import type { IncomingMessage } from 'node:http';
import { AgentError } from '../errors.ts';

const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::[0-9]{1,5})?$/;
const LOOPBACK_NAMES: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

/**
 * No web page has any business here, whichever name it reached this port by: a browser names the page in Origin or its
 * site in Sec-Fetch-Site, and the name that led it here in Host.
 * @param names host names besides those of this machine, in lower case
 * @throws AgentError forbidden
 */
export function refusePages({ headers }: IncomingMessage, names: readonly string[]): void {
  const name = HOST.exec((headers.host ?? '').toLowerCase())?.[1] ?? '';
  if (![...LOOPBACK_NAMES, ...names].includes(name)) {
    throw new AgentError('forbidden', 'This host name is not served here; --allowed-host NAME allows one.');
  }
  const site = String(headers['sec-fetch-site'] ?? 'none').toLowerCase();
  if (headers.origin !== undefined || (site !== 'none' && site !== 'same-origin')) {
    throw new AgentError('forbidden', 'Web pages may not call the agent.');
  }
}
