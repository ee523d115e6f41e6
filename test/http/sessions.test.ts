import { beforeAll, describe, expect, it } from 'vitest';
import { KEY_SCOPES, SESSIONS, SIGN_INS } from '../../src/contract/access-policies.ts';
import { createKeyPrincipal } from '../../src/http/principal.ts';
import type { Db } from '../../src/ledger/db.ts';
import { createAuthenticate } from '../../src/queue/access/authenticate.ts';
import { newKey } from '../../src/queue/access/key-text.ts';
import { createSessions } from '../../src/queue/access/sessions.ts';
import { type HttpQueue, useHttpQueue } from './support/http-queue.ts';
import { problemOf } from './support/problem.ts';
import { formOf, photo } from './support/upload-form.ts';

const accessOver = (db: Db) => {
  const authenticate = createAuthenticate({ db });
  return { principalOf: createKeyPrincipal(authenticate), sessions: createSessions({ db, authenticate }) };
};
const http = useHttpQueue(accessOver);
const open = useHttpQueue();

const OPERATOR = { tenant: 'default', user: 1, scopes: new Set(KEY_SCOPES) };
let made = 0;
const keyOf = (user_id = 7) =>
  http.current.queue.createKey({ name: `browser-${++made}`, scopes: ['all'], user_id }, { principal: OPERATOR });

type Headers = Readonly<Record<string, string>>;
const signIn = (key: unknown, headers: Headers = {}, server: HttpQueue = http.current) =>
  server.fetch('/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ key }),
  });
const setCookies = (response: Response) => response.headers.getSetCookie();
const pairOf = (cookie = '') => cookie.slice(0, cookie.indexOf(';'));
async function signedIn(user?: number): Promise<{ cookie: string; key_id: string; key: string }> {
  const { key, key_id } = await keyOf(user);
  const response = await signIn(key);
  expect(response.status).toBe(200);
  return { cookie: pairOf(setCookies(response)[0]), key_id, key };
}
const ask = (address: string, cookie: string, more: Headers = {}, method = 'GET') =>
  http.current.fetch(address, { method, headers: { cookie, ...more } });
const own = () => ({ origin: http.current.url });

describe('[S4] a browser that signs in with a key', () => {
  it('[S4] is given a cookie that no script reads and no other site sends, and is told who it is', async () => {
    const { key, key_id } = await keyOf();
    const response = await signIn(key);
    const [cookie = '', ...others] = setCookies(response);
    expect(others).toEqual([]);
    expect(cookie.split('; ').slice(1).sort()).toEqual(
      ['HttpOnly', `Max-Age=${SESSIONS.validS}`, 'Path=/', 'SameSite=Strict'].sort(),
    );
    expect(cookie).toMatch(new RegExp(`^pantry_session_${http.current.port}=ps_[0-9a-f]{12}_[0-9a-f]{72};`));
    expect(await response.json()).toMatchObject({
      ...{ tenant: 'default', user_id: 7, key_required: true, credential: 'session', key_id, temporal_ui: null },
      scopes: ['jobs:read', 'jobs:write', 'queue:admin', 'act_as'],
    });
    const who = await (await ask('/whoami', pairOf(cookie))).json();
    expect(who).toMatchObject({ user_id: 7, credential: 'session', key_id });
    const lastsMs = Date.parse((who as { expires_at: string }).expires_at) - Date.now();
    expect(lastsMs).toBeGreaterThan((SESSIONS.validS - 600) * 1_000);
    expect(lastsMs).toBeLessThanOrEqual((SESSIONS.validS + 600) * 1_000);
  });

  it.each([
    ['whose page came by https', { origin: 'https://127.0.0.1' }],
    ['whose proxy says https', { 'x-forwarded-proto': 'https' }],
  ])('[S4] %s keeps the cookie to https', async (_what, headers) => {
    const { key } = await keyOf();
    const page = 'origin' in headers ? { origin: `https://127.0.0.1:${http.current.port}` } : headers;
    const [cookie = ''] = setCookies(await signIn(key, page));
    expect(cookie).toMatch(/^__Host-pantry_session=ps_/);
    expect(cookie.split('; ')).toContain('Secure');
    expect((await ask('/queue', pairOf(cookie))).status).toBe(200);
  });

  it('[S4] sees what its key sees: lists, images and events', async () => {
    const { cookie } = await signedIn(41);
    const added = await http.current.fetch('/receipts', {
      method: 'POST',
      headers: { cookie, ...own() },
      body: formOf(['file', photo()]),
    });
    const { id, user_id } = (await added.json()) as { id: number; user_id: number };
    expect([added.status, user_id]).toEqual([201, 41]);
    const image = await ask(`/receipts/${id}/image`, cookie, { 'sec-fetch-site': 'same-origin' });
    expect([image.status, image.headers.get('content-type')]).toEqual([200, 'image/jpeg']);
    await image.body?.cancel();
    const events = await ask('/events', cookie, { 'sec-fetch-site': 'same-origin' });
    expect([events.status, events.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
    await events.body?.cancel();
    expect((await ask('/queue/pause', cookie, { ...own(), 'content-type': 'application/json' }, 'POST')).status).toBe(
      200,
    );
    expect((await ask('/queue/resume', cookie, { ...own(), 'content-type': 'application/json' }, 'POST')).status).toBe(
      200,
    );
  });

  it('[S4] of another process of the queue is known here too', async () => {
    const { key } = await keyOf();
    const { sessions } = accessOver(http.current.db);
    const { text } = await sessions.open(key, '');
    expect((await ask('/queue', `pantry_session_${http.current.port}=${text}`)).status).toBe(200);
  });
});

describe('[S4] a call with the cookie of a session', () => {
  let cookie = '';
  beforeAll(async () => {
    cookie = (await signedIn()).cookie;
  });

  it.each([
    ['of no page that it names', {}],
    ['of a page on another port of the host', { origin: 'http://127.0.0.1:3000' }],
    ['of a page of another site', { origin: 'http://evil.example' }],
    ['of a page without an origin', { origin: 'null' }],
    ['of the same site', { 'sec-fetch-site': 'same-site' }],
    ['that says it was typed', { 'sec-fetch-site': 'none' }],
  ])('[S4] %s is refused, and changes nothing', async (_what, headers) => {
    for (const [method, address] of [
      ['POST', '/queue/pause'],
      ['PUT', '/caps'],
      ['DELETE', '/keys/pq_000000000000'],
      ['PATCH', '/receipts/1'],
      ['POST', '/mcp'],
      ['DELETE', '/session'],
    ] as const) {
      const before = await http.current.everything();
      const response = await ask(address, cookie, { ...headers, 'content-type': 'application/json' }, method);
      expect([method, address, response.status]).toEqual([method, address, 403]);
      expect(await problemOf(response)).toMatchObject({ code: 'forbidden' });
      expect(await http.current.everything()).toEqual(before);
    }
    expect((await ask('/queue', cookie)).status).toBe(200);
  });

  it('[S4] that a link from elsewhere made reads nothing', async () => {
    const visit = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
    for (const site of ['same-site', 'cross-site']) {
      expect((await ask('/receipts', cookie, { ...visit, 'sec-fetch-site': site })).status).toBe(403);
    }
    expect((await ask('/receipts', cookie, { ...visit, 'sec-fetch-site': 'none' })).status).toBe(200);
  });

  it('[S4] goes by the key where one is sent as well', async () => {
    const { key, key_id } = await keyOf(9);
    const who = await (await ask('/whoami', cookie, { authorization: `Bearer ${key}` })).json();
    expect(who).toMatchObject({ user_id: 9, credential: 'key', key_id });
    expect((await ask('/whoami', cookie, { authorization: `Bearer ${newKey().text}` })).status).toBe(401);
  });

  it('[S4] is refused where cookie and key are exchanged for each other', async () => {
    const { key } = await keyOf();
    const name = `pantry_session_${http.current.port}`;
    expect((await http.current.fetch('/queue', { headers: { authorization: `Bearer ${key}` } })).status).toBe(200);
    expect((await ask('/queue', `${name}=${key}`)).status).toBe(401);
    const session = cookie.slice(name.length + 1);
    expect((await http.current.fetch('/queue', { headers: { authorization: `Bearer ${session}` } })).status).toBe(401);
    expect((await signIn(session)).status).toBe(401);
  });

  it.each([
    ['another secret', (text: string) => text.replace(/_[0-9a-f]{12}_.*/, newKey().text.slice(2))],
    ['a typo', (text: string) => `${text.slice(0, -1)}${text.endsWith('0') ? '1' : '0'}`],
    ['an end that is cut off', (text: string) => text.slice(0, 40)],
  ])('[S4] with %s is refused', async (_what, change) => {
    const response = await ask('/queue', change(cookie));
    expect(response.status).toBe(401);
    expect(await problemOf(response)).toMatchObject({ hint: 'Sign in again with a key: POST /session.' });
  });
});

describe('[S4] a session', () => {
  it('[S4] that was signed out is refused, here and in the ledger, and its cookies are removed', async () => {
    const { cookie, key_id } = await signedIn();
    const out = await ask('/session', cookie, own(), 'DELETE');
    expect([out.status, await out.json()]).toEqual([200, { ended: true }]);
    expect(setCookies(out).map((text) => [pairOf(text), text.includes('Max-Age=0')])).toEqual([
      [`pantry_session_${http.current.port}=`, true],
      ['__Host-pantry_session=', true],
    ]);
    expect((await ask('/queue', cookie)).status).toBe(401);
    expect(await rowsOf(key_id)).toEqual([]);
    expect(await (await ask('/session', cookie, own(), 'DELETE')).json()).toEqual({ ended: false });
  });

  it('[S4] ends with its key', async () => {
    const { cookie, key_id } = await signedIn();
    await http.current.queue.revokeKey({ key_id }, { principal: OPERATOR });
    const { principalOf } = accessOver(http.current.db);
    const request = new Request(`${http.current.url}/queue`, { headers: { cookie } });
    await expect(principalOf(request, '')).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('[S4] ends by itself, and never outlives its key', async () => {
    const { cookie, key_id } = await signedIn();
    await http.current.db.query('update pantry_queue.sessions set expires_at = now() where session_id = $1', [
      cookie.split('=')[1]?.slice(0, 15),
    ]);
    const request = new Request(`${http.current.url}/queue`, { headers: { cookie } });
    const { principalOf, sessions } = accessOver(http.current.db);
    await expect(principalOf(request, '')).rejects.toMatchObject({ code: 'unauthenticated' });

    const { key } = await keyOf();
    await http.current.db.query(
      `update pantry_queue.api_keys set expires_at = now() + interval '1 hour' where key_id = $1`,
      [key.slice(0, 15)],
    );
    const { validS } = await sessions.open(key, '');
    expect(validS).toBeLessThanOrEqual(3_600);
    expect(await rowsOf(key_id)).toHaveLength(1);
  });

  it('[S4] is kept as a digest, and a key has twenty at most: the next one ends the oldest', async () => {
    const { key, key_id } = await keyOf();
    const texts: string[] = [];
    for (let nth = 0; nth < SESSIONS.ofKey + 2; nth++) {
      // Each process has its own limit of how often.
      texts.push((await accessOver(http.current.db).sessions.open(key, '')).text);
    }
    const rows = await rowsOf(key_id);
    expect(rows.map(({ session_id }) => session_id).sort()).toEqual(
      texts
        .slice(2)
        .map((text) => text.slice(0, 15))
        .sort(),
    );
    for (const text of texts) expect(JSON.stringify(rows)).not.toContain(text.slice(16, 80));
  });
});

const rowsOf = (keyId: string) =>
  http.current.db.query<{ session_id: string }>(
    `select s.*, encode(s.secret_sha256, 'hex') as digest from pantry_queue.sessions s
     join pantry_queue.api_keys k using (key_no) where k.key_id = $1`,
    [keyId],
  );

describe('[S2] signing in', () => {
  it('[S4] takes a key and nothing else, and repeats none in answer or log', async () => {
    const { text } = newKey();
    for (const wrong of [text, text.slice(0, -1), 'nonsense']) {
      const response = await signIn(wrong);
      expect(response.status).toBe(401);
      expect(setCookies(response)).toEqual([]);
      expect(await response.text()).not.toContain(wrong);
    }
    for (const wrong of [undefined, null, 17, '', 'x'.repeat(201), [text]]) {
      expect(await problemOf(await signIn(wrong))).toMatchObject({ status: 422, errors: [{ pointer: '/key' }] });
    }
    expect(JSON.stringify(http.current.logged)).not.toContain(text.slice(16, 60));
  });

  it('[S2] with wrong keys makes an address wait, with Retry-After, and what is signed in stays so', async () => {
    const { cookie } = await signedIn();
    const answers: Response[] = [];
    for (let nth = 0; nth < 25; nth++) answers.push(await signIn(newKey().text));
    const last = answers.at(-1) as Response;
    expect(last.status).toBe(429);
    expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await problemOf(last)).toMatchObject({ code: 'rate_limited', retryable: true });
    expect((await ask('/queue', cookie)).status).toBe(200);
  });

  it('[S2] with one key is done ten times at once, then it has to wait', async () => {
    const { key } = await keyOf();
    const { sessions } = accessOver(http.current.db);
    for (let nth = 0; nth < SIGN_INS.burst; nth++) await sessions.open(key, '');
    await expect(sessions.open(key, '')).rejects.toMatchObject({ code: 'rate_limited', retryAfterS: 10 });
  });

  it('[S4] where no key is asked for sets no cookie and says so', async () => {
    const response = await signIn('anything', {}, open.current);
    expect([response.status, setCookies(response)]).toEqual([200, []]);
    expect(await response.json()).toMatchObject({
      key_required: false,
      credential: 'none',
      key_id: null,
      expires_at: null,
    });
    const who = await open.current.fetch('/whoami');
    expect(await who.json()).toMatchObject({ tenant: 'default', user_id: 1, key_required: false });
  });
});
