import { hostname } from 'node:os';
import type { RunningJobs } from '../activities/running-jobs.ts';
import { VERSION } from '../mcp/version.ts';
import { causeText } from './contract/cause.ts';
import { toAppError } from './contract/errors.ts';
import { WORKER_BEAT } from './contract/policies.ts';
import type { Db } from './ledger/db.ts';
import { measure } from './ledger/insight/measure.ts';
import type { Notifier } from './ledger/notify.ts';
import { beat, canceledCalls, leave, type WorkerBeat } from './ledger/processes/workers.ts';
import type { Log } from './ports.ts';

export interface WorkerLife {
  begin(): Promise<void>;
  /** It begins nothing more: its slots do not count any longer, and lists say so. */
  stopping(): void;
  end(): Promise<void>;
}

/**
 * Keeps this worker's row: that it lives, what it can do, what it reads now. The answer names calls that were
 * canceled, so a cancel also arrives while the engine is away.
 */
export function createWorkerLife(deps: {
  db: Db;
  notifier: Notifier;
  log: Log;
  worker: Pick<WorkerBeat, 'id' | 'name' | 'role' | 'slots' | 'buildId'>;
  running: RunningJobs;
}): WorkerLife {
  const { db, log, worker, running } = deps;
  const { id } = worker;
  let timer: NodeJS.Timeout | undefined;
  let stopping = false;
  let ended = false;
  let beating: Promise<void> = Promise.resolve();
  /** Of a row of failures only the first is written down. */
  let isKnownAlive = true;

  async function beatNow(): Promise<void> {
    await beat(db.apart, {
      ...worker,
      host: hostname(),
      pid: process.pid,
      version: VERSION,
      running: running.ids(),
      stopping,
    });
    isKnownAlive = true;
  }

  async function abortCanceled(): Promise<void> {
    for (const jobId of await canceledCalls(db.apart, id)) running.abort(jobId);
  }

  async function round(): Promise<void> {
    try {
      await beatNow();
    } catch (error) {
      if (isKnownAlive) log.warn(factsOf(error), 'worker.beat_failed');
      isKnownAlive = false;
    }
    await abortCanceled().catch((error: unknown) => log.warn(factsOf(error), 'worker.cancels_unknown'));
    if (!ended) schedule();
  }

  function schedule(): void {
    clearTimeout(timer);
    timer = setTimeout(
      () => {
        beating = round();
      },
      isKnownAlive ? WORKER_BEAT.everyMs : WORKER_BEAT.retryMs,
    );
  }

  /** The gate counts slots, and a status says whether a worker runs: neither waits for the next round. */
  async function tell(): Promise<void> {
    await measure(db).catch(() => {});
    deps.notifier.changed([], { gate: true });
  }

  return {
    async begin() {
      beating = round();
      await beating;
      await tell();
    },
    stopping() {
      if (stopping || ended) return;
      stopping = true;
      clearTimeout(timer);
      beating = beating.then(round).then(tell);
    },
    async end() {
      ended = true;
      clearTimeout(timer);
      // One that is under way would write the row again after it was taken away.
      await beating;
      await leave(db.apart, id).catch((error: unknown) => log.warn(factsOf(error), 'worker.leave_failed'));
      await tell();
    },
  };
}

function factsOf(error: unknown): Record<string, unknown> {
  const known = toAppError(error);
  return { code: known.code, cause: causeText(known) };
}
