import type { Sabotage } from './row.ts';

const authenticate = { file: 'src/queue/access/authenticate.ts', tests: ['test/queue/authenticate.test.ts'] } as const;
const keys = { file: 'src/queue/keys.ts', tests: ['test/queue/keys.test.ts'] } as const;

/** Who may call, with whose key, and how often. */
export const ACCESS_SABOTAGES: readonly Sabotage[] = [
  {
    guard: 'the secret of a key is compared, not its id alone',
    promise: 'S4: nobody gets in with a key of whose text they know the beginning',
    find: 'believed && timingSafeEqual(key.secretSha256, believed.secretSha256) ? believed : undefined',
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
