import { describe, expect, it } from 'vitest';
import { KEY_SCOPES } from '../../src/contract/access-policies.ts';
import { LOOPBACK_NAMES } from '../../src/http/guard.ts';
import { createKeyPrincipal } from '../../src/http/principal.ts';
import { createAuthenticate } from '../../src/queue/access/authenticate.ts';
import { createSessions } from '../../src/queue/access/sessions.ts';
import { useHttpQueue } from './support/http-queue.ts';
import { problemOf } from './support/problem.ts';

/** Of `ALLOWED_ORIGINS`: its calls are served, and read by its scripts. */
const ALLOWED = 'https://app.example';

const http = useHttpQueue((db) => {
  const authenticate = createAuthenticate({ db });
  return {
    principalOf: createKeyPrincipal(authenticate),
    sessions: createSessions({ db, authenticate }),
    allowed: { hosts: LOOPBACK_NAMES, origins: [ALLOWED] },
  };
});

const OPERATOR = { tenant: 'default', user: 1, scopes: new Set(KEY_SCOPES) };
let made = 0;
async function signedIn() {
  const { key } = await http.current.queue.createKey(
    { name: `page-${++made}`, scopes: ['all'] },
    { principal: OPERATOR },
  );
  const headers = { 'content-type': 'application/json', origin: http.current.url };
  const response = await http.current.fetch('/session', { method: 'POST', headers, body: JSON.stringify({ key }) });
  const [cookie = ''] = response.headers.getSetCookie();
  return { key, cookie: cookie.slice(0, cookie.indexOf(';')) };
}

/** A read, a read whose page says nothing but its site, a change, the stream of events, MCP, and the end of the session. */
const CALLS = [
  ['GET', '/jobs', { origin: ALLOWED }],
  ['GET', '/whoami', { 'sec-fetch-site': 'same-site' }],
  ['GET', '/jobs', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }],
  ['POST', '/queue/pause', { origin: ALLOWED }],
  ['GET', '/events', { origin: ALLOWED }],
  ['POST', '/mcp', { origin: ALLOWED }],
  ['DELETE', '/session', { origin: ALLOWED }],
] as const;

describe('[S4] the session of a browser', () => {
  it.each(CALLS)(
    '[S4] counts for no page but the server’s own, also not for one of ALLOWED_ORIGINS: %s %s %j',
    async (method, address, page) => {
      const { cookie } = await signedIn();
      const init = {
        method,
        headers: { cookie, 'content-type': 'application/json', ...page },
        ...(method === 'POST' ? { body: '{}' } : {}),
      };
      const refused = await http.current.fetch(address, init);
      expect(refused.status).toBe(403);
      expect(await problemOf(refused)).toMatchObject({ code: 'forbidden' });
      expect((await http.current.queue.queueInfo({}, { principal: OPERATOR })).paused).toBeNull();
      const own = await http.current.fetch('/whoami', { headers: { cookie, origin: http.current.url } });
      expect(await own.json()).toMatchObject({ credential: 'session' });
    },
  );

  it('[S4] leaves such a page its key, which counts wherever it is sent', async () => {
    const { key, cookie } = await signedIn();
    const headers = { authorization: `Bearer ${key}`, cookie, origin: ALLOWED };
    const answered = await http.current.fetch('/whoami', { headers });
    expect(await answered.json()).toMatchObject({ credential: 'key' });
    expect(answered.headers.get('access-control-allow-origin')).toBe(ALLOWED);
    // Without credentials: a browser sends no cookie along, whatever the page asks for.
    expect(answered.headers.get('access-control-allow-credentials')).toBeNull();
  });
});
