import type { EngineStatus, Moved, MovePlan } from '../contract/engine-report.ts';
import { AppError } from '../contract/errors.ts';
import { type EngineConfig, readEngineConfig } from '../engine/connection.ts';
import { atStart } from '../ledger/connection/start-up.ts';
import { createDb, type Db } from '../ledger/db.ts';
import { endHold } from '../ledger/engine/engine-move.ts';
import { readLedgerId } from '../ledger/insight/queue-state.ts';
import { movedText, planText, statusText } from '../words/engine.ts';
import { moveEngine, planMove } from './engine-move.ts';
import { engineStatus } from './engine-status.ts';
import { findParts } from './find-parts.ts';

const GRACE_MS = 60_000;

async function withLedger<T>(
  dataDir: string | undefined,
  work: (parts: ReturnType<typeof findParts> & { db: Db; ledgerId: string }) => Promise<T>,
): Promise<T> {
  const parts = findParts(dataDir);
  const db = createDb({ url: parts.config.databaseUrl, maxConnections: 4, applicationName: 'pantry-queue engine' });
  try {
    return await work({ ...parts, db, ledgerId: await atStart(() => readLedgerId(db)) });
  } finally {
    await db.close();
  }
}

/** @throws AppError invalid_argument, ledger_unavailable */
export function showEngine(flags: {
  readonly dataDir?: string;
}): Promise<{ output: EngineStatus; text: readonly string[] }> {
  return withLedger(flags.dataDir, async ({ config, engine, db, ledgerId }) => {
    const output = await engineStatus({ db, ledgerId, queueName: config.queue.name, engine });
    return { output, text: statusText(output) };
  });
}

export interface RunMoveFlags {
  readonly dataDir?: string;
  readonly toAddress?: string;
  readonly toNamespace?: string;
  readonly toProfile?: string;
  readonly graceMs?: number | undefined;
  readonly dryRun?: boolean;
  readonly cancel?: boolean;
  readonly say: (line: string) => void;
}

/** @throws AppError invalid_argument, ledger_unavailable, engine_unavailable, engine_misconfigured */
export function runMove(
  flags: RunMoveFlags,
): Promise<{ output: Moved | MovePlan | { readonly held: boolean }; text: readonly string[] }> {
  return withLedger(flags.dataDir, async ({ config, engine: from, db, ledgerId }) => {
    if (flags.cancel) {
      const held = await endHold(db);
      return { output: { held }, text: [held ? 'Jobs go on where they are.' : 'The queue was not moving.'] };
    }
    const { name: queueName, workflowIdPrefix } = config.queue;
    const { say, graceMs = GRACE_MS } = flags;
    const deps = { db, ledgerId, queueName, workflowIdPrefix, from, to: targetOf(flags, from), graceMs, say };
    if (flags.dryRun) {
      const output = await planMove(deps);
      return { output, text: planText(output) };
    }
    const output = await moveEngine(deps);
    return { output, text: movedText(output) };
  });
}

/** A profile stands for itself; without one the other Temporal takes the same certificates and key. */
function targetOf(flags: RunMoveFlags, from: EngineConfig): EngineConfig {
  const { toAddress, toNamespace, toProfile } = flags;
  if (toAddress === undefined && toNamespace === undefined && toProfile === undefined) {
    throw new AppError('invalid_argument', 'No other Temporal is named.', {
      hint: 'Name it with --to-address, --to-namespace or --to-profile.',
    });
  }
  const file = process.env.TEMPORAL_CONFIG_FILE;
  const base =
    toProfile === undefined
      ? from
      : readEngineConfig(file === undefined ? {} : { TEMPORAL_CONFIG_FILE: file }, { profile: toProfile });
  const address = toAddress ?? base.address;
  const connectionOptions = { ...base.connectionOptions, address };
  const { payloadKeys } = from;
  return { ...base, address, namespace: toNamespace ?? base.namespace, connectionOptions, payloadKeys };
}
