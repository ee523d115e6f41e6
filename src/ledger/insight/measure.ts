import { GATE } from '../../contract/policies.ts';
import type { Db } from '../db.ts';
import { LIVE_GATES } from '../processes/gates.ts';
import { SERVING } from '../processes/workers.ts';

const MEASURE = `
with live as (
  select * from ${LIVE_GATES}
), lately as (
  select ended_at, started_at from pantry_queue.jobs
  where not live order by ended_at desc limit 50
), in_engine as (
  select count(*)::int as open,
    (count(*) filter (where phase = 'paused' and next_attempt_at is null))::int as paused,
    (count(*) filter (where phase = 'backoff'))::int as backoff
  from pantry_queue.jobs where in_engine
), measured as (
  select s.slots as agent_slots, s.workflow as workflow_workers, e.open as open_jobs, e.paused as paused_jobs, e.backoff as backoff_jobs,
    least($1::int, greatest($2::int, $3::int * s.slots)) as window_size,
    coalesce((select (extract(epoch from avg(ended_at - started_at)) * 1000)::int from lately), q.avg_run_ms) as avg_run_ms,
    -- One process that reaches the engine is enough to start jobs; who does not is named in queue_info.
    (select case when bool_or(engine = 'ok') then 'ok' else min(engine) end from live) as engine,
    -- Until the first probe has come through; then a process that does not reach it is enough.
    case (select in_flight <= 1 from pantry_queue.open_breaker)
      when true then 'down' when false then 'ok' else (select min(agent) from live) end as agent
  from pantry_queue.queue_state q cross join ${SERVING} s cross join in_engine e
)
update pantry_queue.queue_state q set
  agent_slots = m.agent_slots, workflow_workers = m.workflow_workers, avg_run_ms = m.avg_run_ms,
  window_size = m.window_size, open_jobs = m.open_jobs, paused_jobs = m.paused_jobs, backoff_jobs = m.backoff_jobs, engine = m.engine, agent = m.agent,
  engine_since = case when q.engine is distinct from m.engine then now() else q.engine_since end,
  agent_since = case when q.agent is distinct from m.agent then now() else q.agent_since end
from measured m
where (q.agent_slots, q.workflow_workers, q.avg_run_ms, q.window_size, q.open_jobs, q.paused_jobs, q.backoff_jobs,
    q.engine, q.agent)
  is distinct from (m.agent_slots, m.workflow_workers, m.avg_run_ms, m.window_size, m.open_jobs, m.paused_jobs,
    m.backoff_jobs, m.engine, m.agent)`;

/**
 * Writes down what holds for the whole queue, derived from jobs, workers and gates: live slots, what the last 50 jobs
 * took, how full the window is and of what, and how engine and agent are.
 */
export async function measure(db: Db): Promise<void> {
  await db.query(MEASURE, [GATE.maxWindow, GATE.minWindow, GATE.windowPerSlot]);
}
