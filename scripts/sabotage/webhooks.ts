import type { Sabotage } from './row.ts';

const rounds = ['test/webhooks/rounds.test.ts'];
const addresses = ['test/webhooks/addresses.test.ts'];
const operations = ['test/webhooks/operations.test.ts'];
const rules = 'src/webhooks/endpoint-rules.ts';
const tries = 'src/ledger/webhooks/delivery-tries.ts';

/** That webhooks are told once and signed, and lead nowhere inside. */
export const WEBHOOK_SABOTAGES: readonly Sabotage[] = [
  {
    guard: 'only final events become messages',
    promise: 'Q13: no event is passed over because its writer commits late',
    file: 'src/ledger/webhooks/webhook-events.ts',
    find: 'coalesce((n.prior_xid::text::numeric + 1)::text::xid8, pg_snapshot_xmin(pg_current_snapshot())) as before_xid',
    replace:
      'coalesce((n.prior_xid::text::numeric + 1)::text::xid8, pg_snapshot_xmax(pg_current_snapshot())) as before_xid',
    tests: rounds,
  },
  {
    guard: 'retention waits for webhooks',
    promise: 'Q13: no event is removed before its webhooks are told',
    file: 'src/ledger/retention.ts',
    find: 'where e.job_no = j.job_no and (${NOT_IN_HISTORY} or ${NOT_TOLD}))',
    replace: 'where e.job_no = j.job_no and ${NOT_IN_HISTORY})',
    tests: rounds,
  },
  {
    guard: 'a claim counts what is under way',
    promise: 'Q13: at most four tries at one endpoint over all processes',
    file: tries,
    find: 'select ${AT_ONCE} - count(*) as room',
    replace: 'select ${AT_ONCE} as room',
    tests: rounds,
  },
  {
    guard: 'what came of a try is fenced by its number',
    promise: 'Q13: a try that was given up for lost changes nothing',
    file: tries,
    find: 'and d.tries = $2 and d.sending',
    replace: 'and d.tries >= $2 and d.tries is not null',
    tests: rounds,
  },
  {
    guard: 'a webhook is disabled once',
    promise: 'Q13: an endpoint that is gone is one event, however many tries find it so',
    file: tries,
    find: "noted where $3 = 'gone' and is_new",
    replace: "noted where $3 = 'gone' and is_new is not null",
    tests: ['test/webhooks/delivery.test.ts'],
  },
  {
    guard: 'an endpoint that asks to wait is left alone',
    promise: 'Q13: Retry-After is honoured',
    file: tries,
    find: 'greatest(w.hold_until, o.next_at) end',
    replace: 'o.next_at end',
    tests: rounds,
  },
  {
    guard: 'a secret that was replaced signs for a day',
    promise: 'Q13: a rotation ends',
    file: tries,
    find: 'case when w.old_secret_until > clock_timestamp() then w.old_secret end',
    replace: 'w.old_secret',
    tests: operations,
  },
  {
    guard: 'a webhook that is gone is disabled',
    promise: 'Q13: 410 disables',
    file: tries,
    find: "status = case when $3 = 'gone' then 'disabled' else w.status end",
    replace: 'status = w.status',
    tests: ['test/webhooks/delivery.test.ts'],
  },
  {
    guard: 'every address of a name is checked at each try',
    promise: 'Q13: a name that comes to mean an address inside leads nowhere',
    file: rules,
    find: '    if (refused) throw new EndpointRefused(refused.message);\n',
    replace: '',
    tests: addresses,
  },
  {
    guard: 'the connection goes to the address that was checked',
    promise: 'Q13: no resolver is asked again',
    file: 'src/webhooks/send.ts',
    find: '          ...({ lookup: pinned(addresses) } as object),\n',
    replace: '',
    tests: addresses,
  },
  {
    guard: 'the queue is no endpoint of its own',
    promise: 'Q13: its own address is refused, also where private ones are allowed',
    file: rules,
    find: '    if (isOwn(address, port)) return OWN;\n',
    replace: '',
    tests: addresses,
  },
  {
    guard: 'a webhook is its owner’s',
    promise: 'S1: a webhook of another user is answered like one that does not exist',
    file: 'src/ledger/webhooks/webhooks.ts',
    find: 'w.webhook_id = $2 and w.deleted_at is null and ($3::bigint is null or w.user_id = $3)',
    replace: 'w.webhook_id = $2 and w.deleted_at is null and ($3::bigint is null or true)',
    tests: operations,
  },
  {
    guard: 'the verifier looks at the time of a message',
    promise: 'Q13: a message that was kept is not taken again later',
    file: 'src/client/verify-webhook.ts',
    find: 'if (Math.abs(now() / 1_000 - Number(timestamp)) > toleranceS) {',
    replace: 'if (toleranceS < 0) {',
    tests: ['test/client/verify-webhook.test.ts'],
  },
];
