import { WORKER_BEAT } from '../../contract/policies.ts';
import type { Queryable } from '../connection/queryable.ts';
import type { Db } from '../db.ts';

/** What a process sees of the parts behind it; null = it has not asked yet, or does not use them. */
export interface GateView {
  readonly id: string;
  readonly name: string;
  readonly engine:
    | (PartView<'ok' | 'down' | 'misconfigured'> & { readonly hint: string | null; readonly id: string | null })
    | null;
  readonly agent: PartView<'ok' | 'down'> | null;
  /** Its round that is overdue for longest. */
  readonly late: { readonly round: string; readonly lagMs: number } | null;
}

export interface PartView<State extends string> {
  readonly state: State;
  /** A sentence of ours; null while all is well. */
  readonly cause: string | null;
}

const BEAT = `
insert into pantry_queue.gates as g
  (gate_id, name, engine, engine_cause, engine_since, agent, agent_cause, agent_since, late_round, late_since,
   engine_hint, engine_id)
values ($1, $2, $3, $4, now(), $5, $6, now(), $7, now() - make_interval(secs => $8 / 1000.0), $9, $10)
on conflict (gate_id) do update set
  seen_at = now(), engine = excluded.engine, engine_cause = excluded.engine_cause, engine_hint = excluded.engine_hint,
  engine_id = coalesce(excluded.engine_id, g.engine_id),
  engine_since = case when g.engine is distinct from excluded.engine then now() else g.engine_since end,
  agent = excluded.agent, agent_cause = excluded.agent_cause,
  agent_since = case when g.agent is distinct from excluded.agent then now() else g.agent_since end,
  late_round = excluded.late_round, late_since = excluded.late_since`;

/** This process is alive, and this is what it sees. */
export async function noteGate(db: Queryable, view: GateView): Promise<void> {
  const { id, name, engine, agent, late } = view;
  await db.query(BEAT, [
    id,
    name,
    engine?.state ?? null,
    engine?.cause ?? null,
    agent?.state ?? null,
    agent?.cause ?? null,
    late?.round ?? null,
    late?.lagMs ?? null,
    engine?.hint ?? null,
    engine?.id ?? null,
  ]);
}

export async function forgetGate(db: Db, id: string): Promise<void> {
  await db.query('delete from pantry_queue.gates where gate_id = $1', [id]);
}

/** Rows of processes that have been gone for an hour. */
export async function forgetDeadGates(db: Db): Promise<void> {
  await db.query(`delete from pantry_queue.gates where seen_at < now() - interval '1 hour'`);
}

/** SQL: the rows of processes that are alive. */
export const LIVE_GATES = `pantry_queue.gates where seen_at > now() - interval '${WORKER_BEAT.lostAfterMs} milliseconds'`;

export type LiveGate = {
  name: string;
  engine: 'ok' | 'down' | 'misconfigured' | null;
  engine_since: Date | null;
  engine_cause: string | null;
  engine_hint: string | null;
  agent: 'ok' | 'down' | null;
  agent_since: Date | null;
  agent_cause: string | null;
  late_round: string | null;
  late_since: Date | null;
};

export function liveGates(db: Queryable): Promise<LiveGate[]> {
  return db.query<LiveGate>(
    `select name, engine, engine_since, engine_cause, engine_hint, agent, agent_since, agent_cause, late_round, late_since
     from ${LIVE_GATES}
     order by name, gate_id limit 200`,
  );
}
