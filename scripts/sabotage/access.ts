import type { Sabotage } from './row.ts';

const authenticate = { file: 'src/queue/access/authenticate.ts', tests: ['test/queue/authenticate.test.ts'] } as const;
const keys = { file: 'src/queue/keys.ts', tests: ['test/queue/keys.test.ts'] } as const;

const sessions = { tests: ['test/http/sessions.test.ts'] } as const;

/** Who may call, with whose key, and how often. */
export const ACCESS_SABOTAGES: readonly Sabotage[] = [
  {
    guard: 'the secret of a key is compared, not its id alone',
    promise: 'S4: nobody gets in with a key of whose text they know the beginning',
    find: 'believed && timingSafeEqual(secretSha256, believed.secretSha256) ? believed : undefined',
    replace: 'believed',
    ...authenticate,
  },
  {
    guard: 'an address that sends wrong keys waits',
    promise: 'S2: a flood of wrong keys costs the database next to nothing',
    find: 'const waitS = failures.take(network);',
    replace: 'const waitS = 0 * failures.take(network);',
    ...authenticate,
  },
  {
    guard: 'what is known of a key is looked up again after a few seconds',
    promise: 'S4: a revoked key is refused everywhere within 5 s',
    file: 'src/queue/access/memory.ts',
    find: 'isFresh: now() - entry.at < freshMs',
    replace: 'isFresh: true',
    tests: authenticate.tests,
  },
  {
    guard: 'a key with a typo costs no statement',
    promise: 'S2: what is no key is told by its checksum',
    file: 'src/queue/access/key-text.ts',
    find: ' || checksumOf(body) !== checksum',
    replace: '',
    tests: authenticate.tests,
  },
  {
    guard: 'a call with the cookie of a session comes from a page of ours',
    promise: 'S4: a page of another port or site does nothing with the session of a browser',
    file: 'src/http/principal.ts',
    find: '    requireOwnPage(request);\n',
    replace: '',
    ...sessions,
  },
  {
    guard: 'a page of another site ends no session',
    promise: 'S4: a page of another port or site does nothing with the session of a browser',
    file: 'src/http/session-routes.ts',
    find: 'if (text !== undefined) requireOwnPage(call.req.raw);',
    replace: '',
    ...sessions,
  },
  {
    guard: 'a session ends with its key',
    promise: 'S4: nothing of a revoked key stays open',
    file: 'src/ledger/sessions.ts',
    find: 's.expires_at > clock_timestamp() and ${VALID_KEY}`',
    replace: 's.expires_at > clock_timestamp()`',
    ...sessions,
  },
  {
    guard: 'a session is no key and a key no session',
    promise: 'S4: each credential is taken where it belongs',
    file: 'src/queue/access/key-text.ts',
    find: 'prefix !== PREFIXES[kind] || ',
    replace: '',
    ...sessions,
  },
  {
    guard: 'a key opens only so many sessions at once',
    promise: 'S2: signing in is limited',
    file: 'src/queue/access/sessions.ts',
    find: 'if (waitS > 0) {',
    replace: 'if (waitS < 0) {',
    ...sessions,
  },
  {
    guard: 'one key calls one operation only so often',
    promise: 'S2: a caller is limited, and told when to come back',
    file: 'src/queue/access/rate.ts',
    find: 'if (waitS === 0) return next();',
    replace: 'if (waitS >= 0) return next();',
    tests: ['test/queue/pipeline.test.ts'],
  },
  {
    guard: 'nobody makes a key that may do more than their own',
    promise: 'S4: scopes only become fewer',
    find: '  requireNoMore(principal, scopes);\n',
    replace: '',
    ...keys,
  },
  {
    guard: 'nobody rotates a key that may do more than their own',
    promise: 'S4: the text of a key goes to nobody who may do less',
    find: '    requireNoMore(principal, old.scopes);\n',
    replace: '',
    ...keys,
  },
  {
    guard: 'an address that others reach needs keys',
    promise: 'S4: it never serves a public address openly',
    file: 'src/config.ts',
    find: "settings.AUTH === 'open' && !LOOPBACK.test(settings.HOST)",
    replace: 'false',
    tests: ['test/config.test.ts'],
  },
];
