import type { EngineStatus } from '../contract/engine-report.ts';
import { isAppError } from '../contract/errors.ts';
import { taskQueuesOf } from '../contract/names.ts';
import { createEngineClient, type EngineConfig } from '../engine/connection.ts';
import { lookAtEngine } from '../engine/look.ts';
import { findOpenRuns } from '../engine/open-runs.ts';
import { explainLine } from '../engine/secure-line.ts';
import { createTemporalEngine } from '../engine/temporal-engine.ts';
import type { Db } from '../ledger/db.ts';
import { isMoving, seenEngines, underWay } from '../ledger/engine/engine-move.ts';

/**
 * How this queue's Temporal is, asked of Temporal and of the ledger; changes nothing but search attributes that are missing.
 * What Temporal refuses is told in `trouble`.
 */
export async function engineStatus(deps: {
  db: Db;
  ledgerId: string;
  queueName: string;
  engine: EngineConfig;
}): Promise<EngineStatus> {
  const { db, ledgerId, queueName, engine } = deps;
  const { address, namespace } = engine;
  const client = createEngineClient(engine);
  const known = { ledger: await underWay(db), moving: await isMoving(db) };
  const seen = await seenEngines(db);
  const processesAt = (id: string | undefined) =>
    seen.map(({ name, engine_id, state }) => ({ name, here: id !== undefined && engine_id === id, state }));
  try {
    const ask = createTemporalEngine(client, { queueName, address, explain: () => explainLine(engine) });
    const { id } = await ask.ping();
    const look = lookAtEngine(client, engine);
    const { ocr, agent } = taskQueuesOf(queueName);
    const runs = { ours: 0, others: 0 };
    for await (const run of findOpenRuns(client, address)) runs[run.ledgerId === ledgerId ? 'ours' : 'others'] += 1;
    return {
      ...{ address, namespace, reachable: true, trouble: null, server_version: await look.serverVersion() },
      ...known,
      task_queues: [await look.pollers(ocr, 'workflow'), await look.pollers(agent, 'activity')],
      runs,
      processes: processesAt(id),
    };
  } catch (error) {
    if (!isAppError(error)) throw error;
    const trouble = `${error.message} ${error.hint}`;
    return {
      ...{ address, namespace, reachable: false, trouble, server_version: null },
      ...known,
      task_queues: [],
      runs: null,
      processes: processesAt(undefined),
    };
  } finally {
    await client.connection.close();
  }
}
