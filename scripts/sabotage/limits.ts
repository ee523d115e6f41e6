import type { Sabotage } from './row.ts';

const TESTS = ['test/queue/limits.test.ts'] as const;

/** The guards of what is accepted under a limit. */
export const LIMIT_SABOTAGES: readonly Sabotage[] = [
  {
    guard: 'callers under one limit go one after the other',
    promise: 'Q11: fifty callers at once never exceed a limit',
    file: 'src/ledger/functions/enqueue-limits.sql',
    find: 'order by l.cap_no for no key update;',
    replace: 'order by l.cap_no;',
    tests: TESTS,
  },
  {
    guard: 'what became a job while this call waited is seen',
    promise: 'Q11: a duplicate counts under no limit',
    file: 'src/ledger/kind-functions/limits.sql',
    find: 'for look in 1..2 loop',
    replace: 'for look in 1..1 loop',
    tests: TESTS,
  },
  {
    guard: 'accepted jobs are counted in the minute',
    promise: 'Q11: no more jobs a minute than the limit',
    file: 'src/ledger/functions/enqueue-limits.sql',
    find: 'else c.minute_used end + t.n',
    replace: 'else c.minute_used end',
    tests: TESTS,
  },
  {
    guard: 'a batch that is refused for another reason takes no room',
    promise: 'Q11: bad input changes nothing',
    file: 'src/ledger/kind-functions/limits.sql',
    find: "having not ($6 and bool_or(j.verdict not in ('new', 'same')))",
    replace: 'having true',
    tests: TESTS,
  },
  {
    guard: 'a batch beyond a limit is refused whole',
    promise: 'Q11: all or none',
    file: 'src/ledger/kind-functions/accept.sql',
    find: '      if not $8 then return; end if;\n',
    replace: '',
    tests: TESTS,
  },
  {
    guard: 'a batch beyond a limit is counted in no minute',
    promise: 'Q11: what is refused takes no room',
    file: 'src/ledger/functions/enqueue-limits.sql',
    find: ' and not (whole and exists (select from refused))',
    replace: '',
    tests: TESTS,
  },
  {
    guard: 'set_cap changes the limits of operators only',
    promise: 'Q11: no writer of caps overwrites another',
    file: 'src/ledger/set-caps.ts',
    find: "\n  and c.reason = '${LIMIT}'`",
    replace: '`',
    tests: ['test/queue/caps.test.ts'],
  },
  {
    guard: 'whether a tenant has limits is looked up beside an enqueue',
    promise: 'H3: no further statement where no limit is set',
    file: 'src/queue/tell-limits.ts',
    find: '      limitsNewJobs(db, tenant).then(note, () => {});',
    replace: '      limitsNewJobs(db, tenant).then(note, () => {});\n      return true;',
    tests: ['test/queue/tell-limits.test.ts'],
  },
  {
    guard: 'an accepted job tells what is left of its limits',
    promise: 'H3: rate-limit headers',
    file: 'src/http/app.ts',
    find: 'for (const [name, value] of Object.entries(rateLimitHeaders(limits))) response.headers.set(name, value);',
    replace: '',
    tests: ['test/http/rate-limits.test.ts'],
  },
  {
    guard: 'an upload that a limit refuses leaves nothing',
    promise: 'Q11: a refusal changes nothing',
    file: 'src/queue/add-receipt.ts',
    find: 'await discardUpload(caller.db, caller.tenant, caller.owner, receiptId);',
    replace: '',
    tests: ['test/http/rate-limits.test.ts'],
  },
];
