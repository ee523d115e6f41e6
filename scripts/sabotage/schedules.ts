import type { Sabotage } from './row.ts';

const firing = ['test/queue/schedule-firing.test.ts'];
const calls = ['test/queue/schedules.test.ts'];

/** That each time of a schedule fires once, and what is due is told. */
export const SCHEDULE_SABOTAGES: readonly Sabotage[] = [
  {
    guard: 'who comes second does not fire the same time again',
    promise: 'Q12: a time fires once, however many processes try',
    file: 'src/ledger/schedules/schedule-runs.ts',
    find: 'and case when s.wake_at <= coalesce($2, now()) then true else false end for update skip locked',
    replace: 'for share',
    tests: firing,
  },
  {
    guard: 'missed times are told',
    promise: 'Q12: after an outage one run names the times that were missed',
    file: 'src/schedules/fire.ts',
    find: 'missed: due.missed ?? null',
    replace: 'missed: null',
    tests: firing,
  },
  {
    guard: 'a run waits for the batch of the run before',
    promise: 'Q12: with buffer_one one run at a time',
    file: 'src/schedules/fire.ts',
    find: "if (row.overlaps && row.overlap === 'buffer_one') {",
    replace: "if (!row.overlaps && row.overlap === 'buffer_one') {",
    tests: firing,
  },
  {
    guard: 'a run that was refused is tried again',
    promise: 'Q12: a refusal costs time, not the run',
    file: 'src/schedules/fire.ts',
    find: "if (outcome !== 'refused') return",
    replace: 'if (outcome) return',
    tests: firing,
  },
  {
    guard: 'a schedule is its owner’s',
    promise: 'S1: a schedule of another user is answered like one that does not exist',
    file: 'src/ledger/schedules/schedules.ts',
    find: 's.name = $2 and ($3::bigint is null or s.user_id = $3)',
    replace: 's.name = $2 and ($3::bigint is null or true)',
    tests: calls,
  },
  {
    guard: 'creating a schedule waits while another one is being created',
    promise: 'Q12: a user has no more schedules than the limit',
    file: 'src/ledger/schedules/schedules.ts',
    find: "select pg_advisory_xact_lock(hashtextextended('pantry_queue schedules of ' || $1, 0)), clock_timestamp() as now",
    replace: 'select $1, clock_timestamp() as now',
    tests: calls,
  },
  {
    guard: 'a round comes back when the next schedule is due',
    promise: 'Q12: a schedule fires at its time, and not a whole tick later',
    file: 'src/dispatch/until-due.ts',
    find: 'Math.min(GATE.tickMs, nextMs)',
    replace: 'GATE.tickMs',
    tests: ['test/dispatch/rounds.test.ts'],
  },
  {
    guard: 'a round that fails is not tried again at once',
    promise: 'I11: a ledger that is away is asked once a tick',
    file: 'src/dispatch/until-due.ts',
    find: '      pauseMs = GATE.tickMs;\n      const nextMs',
    replace: '      const nextMs',
    tests: ['test/dispatch/rounds.test.ts'],
  },
];
