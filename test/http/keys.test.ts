import { describe, expect, it } from 'vitest';
import { KEY_SCOPES, type KeyScope } from '../../src/contract/access-policies.ts';
import { operations } from '../../src/contract/operations.ts';
import { createKeyPrincipal } from '../../src/http/principal.ts';
import { createAuthenticate } from '../../src/queue/access/authenticate.ts';
import { newKey } from '../../src/queue/access/key-text.ts';
import { servedRoutes } from './support/addresses.ts';
import { useHttpQueue } from './support/http-queue.ts';
import { problemOf } from './support/problem.ts';
import { formOf, photo } from './support/upload-form.ts';

const http = useHttpQueue((db) => ({
  principalOf: createKeyPrincipal(createAuthenticate({ db })),
  ready: async () => ({ ok: true, parts: { ledger: 'ok' } }),
}));

const OPERATOR = { tenant: 'default', user: 1, scopes: new Set(KEY_SCOPES) };

let made = 0;
async function keyWith(scopes: readonly KeyScope[], user_id = 7): Promise<string> {
  const asked = { name: `key-${++made}`, scopes: [...scopes], user_id };
  return (await http.current.queue.createKey(asked, { principal: OPERATOR })).key;
}
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

/** Of receipts, jobs and the rest that are not there. */
const filled = (path: string) => path.replace(/\{(\w+)\}/g, (_, name: string) => (name === 'receipt_id' ? '17' : 'x'));
const addresses = [...(await servedRoutes()), ['POST', '/mcp'], ['GET', '/mcp']] as const;
/** They hold no data: a page asks for what it shows with the key of the one who looks. */
const PAGES = ['GET /', 'GET /assets/{file}', 'GET /docs', 'GET /ui/{page}', 'GET /ui/{page}/{id}'];
const SESSION = ['POST /session', 'DELETE /session'];
const OPEN = [...PAGES, ...SESSION, 'GET /livez', 'GET /readyz', 'POST /uploads/{token}'].sort();

describe('[S4] where every call needs a key,', () => {
  it('each address refuses a call without one, but for pages, health and the addresses of single uploads', async () => {
    const open: string[] = [];
    for (const [method, path] of addresses) {
      const response = await http.current.fetch(filled(path), { method });
      if (response.status !== 401) open.push(`${method} ${path}`);
      else {
        expect(response.headers.get('www-authenticate')).toBe('Bearer');
        expect(await problemOf(response)).toMatchObject({
          code: 'unauthenticated',
          hint: expect.stringContaining('PANTRY_QUEUE_KEY'),
        });
      }
    }
    expect(open.sort()).toEqual(OPEN);
  });

  it('each address takes one with all scopes', async () => {
    const headers = bearer(await keyWith(KEY_SCOPES));
    for (const [method, path] of addresses) {
      const { status, body } = await http.current.fetch(filled(path), { method, headers });
      await body?.cancel();
      expect([method, path, [401, 403].includes(status)]).toEqual([method, path, false]);
    }
  });

  it('each operation refuses a key without its scope and names the scope', async () => {
    const keys = new Map<KeyScope, string>();
    for (const scope of KEY_SCOPES) keys.set(scope, await keyWith(KEY_SCOPES.filter((other) => other !== scope)));
    for (const {
      http: [method, path],
      scope,
    } of Object.values(operations)) {
      if (scope === undefined) continue;
      const headers = bearer(keys.get(scope) ?? '');
      const response = await http.current.fetch(filled(path), { method, headers });
      expect(response.status).toBe(403);
      expect(await problemOf(response)).toMatchObject({ detail: `This call needs scope ${scope}.` });
    }
  });

  it.each([
    ['another scheme', (key: string) => `Basic ${key}`],
    ['no scheme', (key: string) => key],
    ['two keys', (key: string) => `Bearer ${key} ${key}`],
    ['an unknown key', () => `Bearer ${newKey().text}`],
    ['a typo', (key: string) => `Bearer ${key.slice(0, -1)}`],
    ['nothing', () => 'Bearer '],
  ])('%s is refused as no valid one', async (_what, header) => {
    const authorization = header(await keyWith(KEY_SCOPES));
    expect((await http.current.fetch('/queue', { headers: { authorization } })).status).toBe(401);
  });

  it('the scheme is read in any case, as the standard says', async () => {
    const authorization = `bearer ${await keyWith(['jobs:read'])}`;
    expect((await http.current.fetch('/queue', { headers: { authorization } })).status).toBe(200);
  });

  it('health is told to everybody, and how the parts are to anyone who may read jobs', async () => {
    const parts = async (headers: Record<string, string>) =>
      (await http.current.fetch('/readyz', { headers })).json() as Promise<unknown>;
    expect(await parts({})).toEqual({ ok: true });
    expect(await parts(bearer(newKey().text))).toEqual({ ok: true });
    expect(await parts(bearer(await keyWith(['jobs:write'])))).toEqual({ ok: true });
    expect(await parts(bearer(await keyWith(['jobs:read'])))).toEqual({ ok: true, parts: { ledger: 'ok' } });
  });

  it('an upload address takes its photo without one, for the user that it was made for', async () => {
    const key = await keyWith(['jobs:read', 'jobs:write'], 41);
    const asked = await http.current.fetch('/uploads', {
      method: 'POST',
      headers: { ...bearer(key), 'content-type': 'application/json' },
      body: '{}',
    });
    const { path } = (await asked.json()) as { path: string };
    const added = await http.current.fetch(path, { method: 'POST', body: formOf(['file', photo()]) });
    expect([added.status, await added.json()]).toEqual([201, expect.objectContaining({ user_id: 41 })]);
  });

  it('twenty wrong ones are refused as such, and then the address has to wait', async () => {
    const answers = [];
    for (let nth = 0; nth < 25; nth++) {
      const response = await http.current.fetch('/queue', { headers: bearer(newKey().text) });
      answers.push(response.status);
      if (response.status === 429) {
        expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
        expect(await problemOf(response)).toMatchObject({ code: 'rate_limited', retryable: true });
      }
    }
    expect(answers.at(-1)).toBe(429);
  });
});
