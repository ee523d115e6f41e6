import { describe, expect, it } from 'vitest';
import { RATE_RULES, RATES } from '../../src/contract/rate-policies.ts';
import { createKeyPrincipal } from '../../src/http/principal.ts';
import { createAuthenticate } from '../../src/queue/access/authenticate.ts';
import { useHttpQueue } from './support/http-queue.ts';
import { problemOf } from './support/problem.ts';

const PER_S = 1;
const BURST = PER_S * RATES.burstS;
/** Far more than arrive while a bucket fills up. */
const MOST = 200;
const ADMIN = { principal: { tenant: 'default', user: 1, scopes: new Set(['jobs:read', 'queue:admin'] as const) } };
const JSON_TYPE = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

type Answer = () => Promise<Response>;

/** Calls until it is refused. */
async function untilRefused(call: Answer, isRefused: (response: Response) => boolean): Promise<Response> {
  for (let nth = 0; nth < MOST; nth++) {
    const response = await call();
    if (isRefused(response)) return response;
    await response.body?.cancel();
  }
  throw new Error(`${MOST} calls were answered`);
}

const isLimited = ({ status }: Response) => status === 429;

describe('[S2] [H3] over HTTP, one operation by one key', () => {
  const http = useHttpQueue((db) => ({
    principalOf: createKeyPrincipal(createAuthenticate({ db })),
    rates: { address: 0, caller: 0, read: PER_S, write: 0, destroy: 0 },
  }));
  const keyOf = async (name: string) => {
    const { key } = await http.current.queue.createKey({ name, scopes: ['jobs:read'] }, ADMIN);
    return { authorization: `Bearer ${key}` };
  };

  it('[S2] [H3] is refused beyond its rate, with Retry-After and the rate-limit fields, and others are not', async () => {
    const [headers, others] = [await keyOf('busy'), await keyOf('calm')];
    const refused = await untilRefused(() => http.current.fetch('/jobs', { headers }), isLimited);
    const { name } = RATE_RULES.read;
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(refused.headers.get('ratelimit-policy')).toBe(`"${name}";q=${BURST};w=${RATES.burstS}`);
    expect(refused.headers.get('ratelimit')).toBe(`"${name}";r=0;t=1`);
    expect(await problemOf(refused)).toMatchObject({ code: 'rate_limited', limit: { name }, retry_after_s: 1 });
    expect((await http.current.fetch('/jobs', { headers: others })).status).toBe(200);
  });

  it('[S2] is counted together with its tool', async () => {
    const headers = await keyOf('agent');
    const params = { name: 'find_jobs', arguments: {} };
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params });
    const call = () => http.current.fetch('/mcp', { method: 'POST', headers: { ...headers, ...JSON_TYPE }, body });
    let text = '';
    for (let nth = 0; nth < MOST && !text.includes('rate_limited'); nth++) text = await (await call()).text();
    expect(text).toContain('rate_limited');
    expect(text).toContain('retry_after_s');
  });
});

describe('[S2] over HTTP, one address', () => {
  const http = useHttpQueue((db) => ({
    principalOf: createKeyPrincipal(createAuthenticate({ db })),
    rates: { address: PER_S, caller: 0, read: 0, write: 0, destroy: 0 },
  }));

  it('[S2] is refused beyond its rate with whichever valid key, and whatever header names another address', async () => {
    const made = ['one', 'two'].map((name) => http.current.queue.createKey({ name, scopes: ['jobs:read'] }, ADMIN));
    const keys = (await Promise.all(made)).map(({ key }) => key);
    let nth = 0;
    const call = () => {
      nth++;
      const headers = {
        authorization: `Bearer ${keys[nth % keys.length]}`,
        'x-forwarded-for': `203.0.113.${nth}`,
        forwarded: `for=203.0.113.${nth}`,
      };
      return http.current.fetch('/jobs', { headers });
    };
    const refused = await untilRefused(call, isLimited);
    expect(await problemOf(refused)).toMatchObject({ code: 'rate_limited', limit: { name: RATE_RULES.address.name } });
  });
});
