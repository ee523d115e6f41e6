import type { Sabotage } from './row.ts';

const rates = { file: 'src/queue/access/rate.ts', tests: ['test/queue/call-rates.test.ts'] } as const;

/** How often those may call who were let in. */
export const RATE_SABOTAGES: readonly Sabotage[] = [
  {
    guard: 'callers who were let in call only so often',
    promise: 'S2: a caller is limited, and told when to come back',
    find: '    if (waitS > 0) {',
    replace: '    if (waitS < 0) {',
    ...rates,
  },
  {
    guard: 'each operation has a rate of its own',
    promise: 'S2: one busy operation leaves the others of its caller',
    find: '`${callerName(context.principal)} ${row.name}`',
    replace: 'callerName(context.principal)',
    ...rates,
  },
  {
    guard: 'a rate counts calls of its own kind',
    promise: 'S2: reads use up nothing of writes',
    find: "rule.effect !== (call.row.effect ?? 'read')",
    replace: 'false',
    ...rates,
  },
  {
    guard: 'what one rate refuses is counted by none',
    promise: 'S2: a caller who asks too often locks out nobody else at its address',
    find: '      for (const giveBack of taken) giveBack();\n',
    replace: '',
    ...rates,
  },
  {
    guard: 'the address that counts is that of the connection',
    promise: 'S2: nobody is another address by a header',
    file: 'src/http/app.ts',
    find: 'const address = call.env?.incoming?.socket.remoteAddress;',
    replace: "const address = call.req.header('x-forwarded-for') ?? call.env?.incoming?.socket.remoteAddress;",
    tests: ['test/http/call-rates.test.ts'],
  },
];
