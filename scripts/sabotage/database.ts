import type { Sabotage } from './row.ts';

const weather = ['test/ledger/weather.test.ts'];

/** What the queue owes to databases that others run. */
export const DATABASE_SABOTAGES: readonly Sabotage[] = [
  {
    guard: 'connections with plans of the old types are replaced',
    promise: 'P9: a type change fails no call',
    file: 'src/ledger/db.ts',
    find: "if (sqlstate === '0A000') staleBefore = now;",
    replace: '',
    tests: weather,
  },
  {
    guard: 'a savepoint around the end of a job whose receipt was deleted',
    promise: 'P9: a receipt whose table refuses its status holds up no sweep',
    file: 'src/ledger/tombstones.ts',
    find: 'await endJob({ ...db, query: apartIn(tx) }, run',
    replace: 'await endJob(db, run',
    tests: ['test/ledger/every-step.test.ts'],
  },
  {
    guard: 'a limit on waiting for locks',
    promise: 'P9: a lock of somebody else holds up only those who need it',
    file: 'src/ledger/session.ts',
    find: '  lock_timeout: `${LOCK_LIMIT_S}s`,\n',
    replace: '',
    tests: weather,
  },
  {
    guard: 'sessions in UTC',
    promise: 'P9: a timestamp means the same hour wherever the database stands',
    file: 'src/ledger/session.ts',
    find: "  timezone: 'UTC',\n",
    replace: '',
    tests: ['test/ledger/weather.test.ts', 'test/ledger/adopt.test.ts'],
  },
  {
    guard: 'a listening connection must hear itself',
    promise: 'P9: LISTEN that has gone deaf is replaced',
    file: 'src/ledger/notify.ts',
    find: '        return lost();\n      }\n      if (unheard',
    replace: '        return;\n      }\n      if (unheard',
    tests: weather,
  },
  {
    guard: 'settings that all processes share',
    promise: 'P9: a process with another queue name does not start',
    file: 'src/ledger/shared-settings.ts',
    find: 'if (differing.length === 0) continue;',
    replace: 'continue;',
    tests: ['test/ledger/shared-settings.test.ts'],
  },
];
