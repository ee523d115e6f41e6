import type { Sabotage } from './row.ts';

/** The guards of the bill and of budgets. */
export const BILL_SABOTAGES: readonly Sabotage[] = [
  {
    guard: 'a call that was deleted meanwhile is on the bill',
    promise: 'Q23: the bill is seen',
    file: 'src/ledger/replies.ts',
    find: '  from pantry_queue.jobs j where ${OF_GENERATION}\n  on conflict (job_no, attempt)',
    replace:
      '  from pantry_queue.jobs j where ${OF_GENERATION} and exists (select from public.receipts r where r.id = j.subject)\n  on conflict (job_no, attempt)',
    tests: ['test/queue/costs.test.ts'],
  },
  {
    guard: 'a call is added to the sums once',
    promise: 'Q23: costs are exact',
    file: 'src/ledger/bill.ts',
    find: 'set counted = true from page g',
    replace: 'set counted = false from page g',
    tests: ['test/queue/costs.test.ts'],
  },
  {
    guard: 'a budget that is set waits for calls that are being stored',
    promise: 'Q23: a budget counts each call once',
    file: 'src/ledger/functions/budgets.sql',
    find: '  perform pg_advisory_xact_lock_shared(pantry_queue.budgets_of(new.tenant_id));\n',
    replace: '',
    tests: ['test/queue/budgets.test.ts'],
  },
  {
    guard: 'the call that uses a budget up writes its cap',
    promise: 'Q23: a budget pauses the queue',
    file: 'src/ledger/functions/budgets.sql',
    find: '    if scope.exhausted then',
    replace: '    if false then',
    tests: ['test/queue/budgets.test.ts'],
  },
  {
    guard: 'a call of a period that is over adds to none',
    promise: 'Q23: a budget is one of its period',
    file: 'src/ledger/functions/budgets.sql',
    find: '      and p.begins_at >= b.begins_at\n',
    replace: '',
    tests: ['test/queue/budgets.test.ts'],
  },
  {
    guard: 'a day whose midnight comes twice begins at the second',
    promise: 'Q23: a period holds every moment of it',
    file: 'src/ledger/functions/budgets.sql',
    find: 'at time zone zone > moment then here.one else',
    replace: "at time zone zone > moment then '0'::interval else",
    tests: ['test/queue/budgets.test.ts'],
  },
];
