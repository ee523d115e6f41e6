import type { Sabotage } from './row.ts';

const codec = { file: 'src/engine/codec/payload-codec.ts', tests: ['test/engine/payload-codec.test.ts'] } as const;
const encrypted = ['test/engine/encrypted.test.ts'];

/** What Temporal stores, and who may read it. */
export const SECRETS_SABOTAGES: readonly Sabotage[] = [
  {
    guard: 'payloads are encrypted before Temporal gets them',
    promise: 'S6: what Temporal stores shows nothing',
    find: 'if (!current || !currentSecret) return payloads;',
    replace: 'if (current || !currentSecret) return payloads;',
    ...codec,
  },
  {
    guard: 'a payload that no key opens is refused',
    promise: 'S6: a worker never goes on with what it has not read',
    find: "whereUnreadable === 'refuse' ? decrypted : shown",
    replace: 'shown',
    ...codec,
  },
  {
    guard: 'what was changed on its way is no payload',
    promise: 'S6: AES-GCM says when a byte was changed',
    file: 'src/engine/codec/payload-bytes.ts',
    find: 'decipher.final()]);',
    replace: 'Buffer.alloc(0)]);',
    tests: codec.tests,
  },
  {
    guard: 'messages of failures are encrypted too',
    promise: 'S6: no sentence of a failure stands in a history',
    file: 'src/engine/workers.ts',
    find: '...(keys?.current && {',
    replace: '...(keys?.current && false && {',
    tests: encrypted,
  },
  {
    guard: 'a process without the key of the queue does not start',
    promise: 'S6: nobody writes in clear beside those who encrypt',
    file: 'src/ledger/payload-keys.ts',
    find: "if (before !== '' && !fingerprints.has(before) && !lost.has(before)) throw lacking(before);",
    replace: '',
    tests: encrypted,
  },
  {
    guard: 'runs whose key is lost are started again',
    promise: 'Q18: the engine is disposable, its keys too',
    file: 'src/dispatch/reconcile.ts',
    find: "return known.unreadable === 'lost' ? 'replace' : 'stuck';",
    replace: "return 'stuck';",
    tests: encrypted,
  },
  {
    guard: 'the codec endpoint asks for its own scope',
    promise: 'S6: payloads are of all tenants, so a key of one does not read them',
    file: 'src/http/codec-route.ts',
    find: "scope: 'payloads:read',",
    replace: "scope: 'jobs:read',",
    tests: ['test/engine/codec-endpoint.test.ts'],
  },
  {
    guard: 'pages of Temporal’s UI may call the codec endpoint alone',
    promise: 'S6: only the pages that are named read payloads, and they read nothing else',
    file: 'src/http/codec-route.ts',
    find: 'return codec !== undefined && path === PATH ?',
    replace: 'return codec !== undefined ?',
    tests: ['test/engine/codec-endpoint.test.ts'],
  },
  {
    guard: 'every changing call is an entry of the audit',
    promise: 'S7: who did what can be told afterwards',
    file: 'src/queue/audit/entry.ts',
    find: "if (row.effect !== 'read') return true;",
    replace: "if (row.effect !== 'read') return row.effect === 'write' && row.scope === 'jobs:write';",
    tests: ['test/queue/audit.test.ts'],
  },
  {
    guard: 'a look at receipts of others is an entry of the audit',
    promise: 'S7: act_as leaves a trace',
    file: 'src/queue/audit/entry.ts',
    find: 'userId !== principal.user &&',
    replace: 'userId === principal.user &&',
    tests: ['test/queue/audit.test.ts'],
  },
  {
    guard: 'an entry of the audit names ids alone',
    promise: 'S6: no text of a caller stands in the audit',
    file: 'src/queue/audit/entry.ts',
    find: ' && looks.test(String(value));',
    replace: ' && String(looks) !== String(value);',
    tests: ['test/queue/audit.test.ts'],
  },
  {
    guard: 'the hash of an entry is made of all its columns',
    promise: 'S7: a change of any column is found',
    file: 'src/ledger/functions/audit.sql',
    find: 'e.operation, e.subjects, e.outcome, e.request_id)',
    replace: 'e.operation, e.subjects, e.request_id)',
    tests: ['test/queue/audit.test.ts'],
  },
  {
    guard: 'the chain ends where its head says',
    promise: 'S7: entries that were cut off at the end are missed',
    file: 'src/ledger/functions/audit.sql',
    find: 'where (h.last_no, h.last_hash) is distinct from',
    replace:
      'where (h.last_no, h.last_hash) is not distinct from (0, null) and (h.last_no, h.last_hash) is distinct from',
    tests: ['test/queue/audit.test.ts'],
  },
  {
    guard: 'requests may not write to the audit',
    promise: 'S7: a hole in a request changes no entry',
    file: 'src/ledger/functions/isolation.sql',
    find: ", 'pantry_queue.audit'::regclass) loop",
    replace: ') loop',
    tests: ['test/queue/audit.test.ts'],
  },
];
