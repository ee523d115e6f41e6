import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { AppError } from '../../src/contract/errors.ts';
import { TOKENS } from '../../src/contract/token-policies.ts';
import { keysOf, signingKey } from './support/issuer.ts';
import { useTokens } from './support/tokens.ts';

const tokens = useTokens();

describe('[S4] the keys of the identity provider', () => {
  it('[S4] are fetched once for many tokens, also at the same moment', async () => {
    const one = tokens.verifier();
    const token = await tokens.first.sign(tokens.claims());
    await Promise.all(Array.from({ length: 30 }, () => one.verify(token)));
    tokens.pass(TOKENS.keysFreshMs - 1);
    await one.verify(await tokens.first.sign(tokens.claims()));
    expect(tokens.issuer.asked).toBe(1);
    tokens.pass(1);
    await one.verify(await tokens.first.sign(tokens.claims()));
    expect(tokens.issuer.asked).toBe(2);
  });

  it('[S4] that are new are known as soon as a token names them, and one that was taken out is refused after ten minutes', async () => {
    const one = tokens.verifier();
    await one.verify(await tokens.first.sign(tokens.claims()));
    tokens.issuer.answer = keysOf(tokens.second);
    tokens.pass(TOKENS.fetchAgainMs);
    expect(await tokens.outcomeOf(one, await tokens.second.sign(tokens.claims()))).toBe('taken');
    // The fetch that brought the new key has taken the old one away.
    expect(await tokens.outcomeOf(one, await tokens.first.sign(tokens.claims()))).toMatch(
      /key that its issuer does not have/,
    );

    const other = tokens.verifier();
    tokens.issuer.answer = keysOf(tokens.first);
    await other.verify(await tokens.first.sign(tokens.claims()));
    tokens.issuer.answer = keysOf(tokens.second);
    tokens.pass(TOKENS.keysFreshMs);
    expect(await tokens.outcomeOf(other, await tokens.first.sign(tokens.claims()))).toMatch(
      /key that its issuer does not have/,
    );
  });

  it('[S2] are not fetched again for each token that names an unknown one', async () => {
    const one = tokens.verifier();
    const flood = await Promise.all(
      Array.from({ length: 20 }, async (_, nth) => (await signingKey(`k${nth}`)).sign(tokens.claims())),
    );
    for (const token of flood) expect(await tokens.outcomeOf(one, token)).toMatch(/^unauthenticated: /);
    expect(tokens.issuer.asked).toBe(1);
    tokens.pass(TOKENS.fetchAgainMs);
    for (const token of flood) await tokens.outcomeOf(one, token);
    expect(tokens.issuer.asked).toBe(2);
  });

  it('[S4] are believed for an hour while the provider is away, then no token is taken, and its return is noticed', async () => {
    const one = tokens.verifier();
    await one.verify(await tokens.first.sign(tokens.claims()));
    tokens.issuer.answer = (answer) => answer.writeHead(503).end();
    tokens.pass(TOKENS.keysStaleMs - 1);
    expect(await tokens.outcomeOf(one, await tokens.first.sign(tokens.claims()))).toBe('taken');
    expect(tokens.logged.at(-1)).toBe('access.issuer_unreachable');
    tokens.pass(1 + TOKENS.fetchAgainMs);
    expect(await tokens.outcomeOf(one, await tokens.first.sign(tokens.claims()))).toMatch(/^issuer_unavailable: /);
    tokens.issuer.answer = keysOf(tokens.first);
    expect(await tokens.outcomeOf(one, await tokens.first.sign(tokens.claims()))).toMatch(/^issuer_unavailable: /);
    tokens.pass(TOKENS.fetchAgainMs);
    expect(await tokens.outcomeOf(one, await tokens.first.sign(tokens.claims()))).toBe('taken');
  });

  const BROKEN: readonly (readonly [string, (answer: ServerResponse) => unknown])[] = [
    ['an error', (answer) => answer.writeHead(500).end('{"keys":[]}')],
    ['a redirect', (answer) => answer.writeHead(302, { location: '/elsewhere' }).end()],
    ['no JSON', (answer) => answer.end('<html>')],
    ['another document', (answer) => answer.end('{"keys":"none"}')],
    ['too many keys', (answer) => answer.end(JSON.stringify({ keys: Array(101).fill({ kty: 'EC' }) }))],
    ['too many bytes', (answer) => answer.end(`{"keys":[],"x":"${'x'.repeat(TOKENS.maxKeySetBytes)}"}`)],
    ['a connection that ends', (answer) => answer.destroy()],
  ];
  it.each(BROKEN)('[S4] that come as %s are none: the caller is told when to come back', async (_what, answer) => {
    tokens.issuer.answer = (to) => void answer(to);
    const one = tokens.verifier();
    const error = await one.verify(await tokens.first.sign(tokens.claims())).catch((thrown: AppError) => thrown);
    expect(error).toMatchObject({ code: 'issuer_unavailable', retryAfterS: TOKENS.fetchAgainMs / 1_000 });
    // A provider that is away is not asked by every call.
    await tokens.outcomeOf(one, await tokens.first.sign(tokens.claims()));
    expect(tokens.issuer.asked).toBe(1);
  });

  it('[I11] that never come, or drop by drop, are given up', { timeout: 30_000 }, async () => {
    tokens.issuer.answer = () => {};
    const token = await tokens.first.sign(tokens.claims({ exp: tokens.inS(600) }));
    expect(await tokens.refusal(token)).toMatch(/^issuer_unavailable: /);
    const drops: NodeJS.Timeout[] = [];
    tokens.issuer.answer = (answer) => {
      answer.writeHead(200);
      drops.push(setInterval(() => answer.write(' '), 200));
    };
    expect(await tokens.refusal(token)).toMatch(/^issuer_unavailable: /);
    for (const drop of drops) clearInterval(drop);
  });

  it('[I11] that nobody serves are given up', async () => {
    const token = await tokens.first.sign(tokens.claims());
    expect(await tokens.refusal(token, { keySetUrl: 'http://127.0.0.1:9/keys' })).toMatch(/^issuer_unavailable: /);
  });
});
