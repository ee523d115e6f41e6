import { BREAKER } from '../../contract/breaker-policy.ts';
import { GATE } from '../../contract/policies.ts';
import type { Queryable } from '../connection/queryable.ts';
import type { Db } from '../db.ts';
import { unpark } from '../parking.ts';
import { LIVE_GATES } from '../processes/gates.ts';
import { type BreakerReason, recordForAll, TENANTS } from './breaker.ts';

/** What decides on the next step of an open breaker. */
type BreakerFacts = {
  reason: BreakerReason;
  /** How many jobs it lets be in flight. */
  in_flight: number;
  /** The pause before the next probe, or the lease of those that may begin, is over. */
  due: boolean;
  /** It has been for so long that the health check is not waited for. */
  overdue: boolean;
  /** Some process asks the agent for its health. */
  watched: boolean;
  /** Each that asks finds it away. */
  away: boolean;
  answered: boolean;
  replies: number;
  window: number;
  active: number;
  /** Of jobs that are outside of the engine: those that wait for their turn, and those that are parked. */
  waiting: boolean;
  parked: boolean;
};

/** `to`: that many may be in flight now; `unpark`: one more parked job takes part. */
type BreakerStep = { readonly kind: 'none' | 'close' | 'unpark' } | { readonly kind: 'raise'; readonly to: number };

const NOTHING: BreakerStep = { kind: 'none' };

/**
 * Closed by what jobs show: one probes, then two, four and so on are in flight, until that is the window. A lease that
 * passed with nobody in flight went to a job that cannot begin (its owner is paused), or that a person ended.
 */
function nextStep(facts: BreakerFacts): BreakerStep {
  const { in_flight: cap, due, active, replies, window } = facts;
  if (cap === 0) {
    return due && (facts.answered || !needsAnswer(facts)) ? { kind: 'raise', to: 1 } : NOTHING;
  }
  if (replies > 0) return raised(2 * cap, window);
  if (!due || active >= cap) return NOTHING;
  // Nobody who waits is held up by it any more.
  if (cap > 1) return raised(cap * 2, window);
  if (active > 0) return NOTHING;
  if (facts.parked) return { kind: 'unpark' };
  return facts.waiting ? NOTHING : { kind: 'close' };
}

/** Whether an agent that is away has come back is asked by health checks: a call of a job could hang until its end. */
const needsAnswer = ({ reason, overdue, watched, away }: BreakerFacts) =>
  watched && !overdue && (reason === 'agent_unreachable' || (reason === 'same_error' && away));

const raised = (to: number, window: number): BreakerStep => (to >= window ? { kind: 'close' } : { kind: 'raise', to });

const FACTS = `
select c.reason, c.in_flight, b.next_probe_at <= now() as due,
  b.next_probe_at <= now() - interval '${BREAKER.unansweredMs} milliseconds' as overdue, b.answered_at is not null as answered, b.replies,
  q.window_size as window,
  exists (select from ${LIVE_GATES} and agent is not null) as watched,
  not exists (select from ${LIVE_GATES} and agent = 'ok') as away,
  (select count(*)::int from pantry_queue.jobs where in_engine and active) as active,
  exists (select from pantry_queue.jobs where status = 'queued' and phase = 'admission') as waiting,
  exists (select from pantry_queue.jobs where phase = 'parked') as parked
from pantry_queue.open_breaker c cross join pantry_queue.breaker b cross join pantry_queue.queue_state q`;

const RAISE = `
with recursive ${TENANTS}, raised as (
  update pantry_queue.caps c set in_flight = $1
  from pantry_queue.open_breaker o where c.cap_no = o.cap_no
  returning c.reason
), told as (
  ${recordForAll('breaker_probing', "(select jsonb_build_object('reason', reason, 'in_flight', $1::int) from raised)")}
)
update pantry_queue.breaker set replies = 0, failed_probes = case when $1 > 1 then 0 else failed_probes end,
  next_probe_at = now() + interval '${BREAKER.leaseMs} milliseconds'`;

const LEASE_AGAIN = `update pantry_queue.breaker set next_probe_at = now() + interval '${BREAKER.leaseMs} milliseconds'`;

const CLOSE = `
with recursive ${TENANTS}, closed as (
  delete from pantry_queue.caps c using pantry_queue.open_breaker o where c.cap_no = o.cap_no
  returning c.reason, extract(epoch from now() - c.since)::int as open_s
), told as (
  ${recordForAll('breaker_closed', "(select jsonb_build_object('reason', reason, 'open_s', open_s) from closed)")}
)
update pantry_queue.breaker set next_probe_at = null, answered_at = null, failed_probes = 0, replies = 0,
  same_error = null, same_jobs = '{}'`;

/**
 * One step of the breaker, if one is due: by the first process that finds its row free.
 * @returns whether jobs may start now that could not before
 */
export function stepBreaker(db: Db): Promise<boolean> {
  return db.transaction(async (tx) => {
    const rows = await tx.query(
      'select from pantry_queue.breaker where next_probe_at is not null for update skip locked',
    );
    const [facts] = rows.length > 0 ? await tx.query<BreakerFacts>(FACTS) : [];
    if (!facts) return false;
    const step = nextStep({ ...facts, window: Math.max(GATE.minWindow, facts.window) });
    switch (step.kind) {
      case 'none':
        return false;
      case 'close':
        await tx.query(CLOSE);
        return true;
      case 'unpark':
        await tx.query(LEASE_AGAIN);
        return (await unpark(tx, 1)) > 0;
      case 'raise':
        await tx.query(RAISE, [step.to]);
        // A job that has not met the error goes first: what stopped the others may have been they themselves.
        if (step.to === 1 && !facts.waiting) await unpark(tx, 1);
        return true;
    }
  });
}

const STATE = `
select (select in_flight from pantry_queue.open_breaker) as in_flight,
  exists (select from pantry_queue.jobs where phase = 'parked') as parked`;

/** @returns what the breaker lets be in flight (null: it is closed), and whether anybody is parked */
export async function readCap(db: Queryable): Promise<{ in_flight: number | null; parked: boolean }> {
  const [row] = await db.query<{ in_flight: number | null; parked: boolean }>(STATE);
  return row ?? { in_flight: null, parked: false };
}
