import { hostname } from 'node:os';
import type { RunningJobs } from '../activities/running-jobs.ts';
import { causeText } from './contract/cause.ts';
import { toAppError } from './contract/errors.ts';
import { WORKER_BEAT } from './contract/policies.ts';
import type { Db } from './ledger/db.ts';
import type { Notifier } from './ledger/notify.ts';
import { beat, canceledCalls, leave } from './ledger/workers.ts';
import type { Log } from './ports.ts';

/**
 * Keeps this worker's row: that it lives, what it can do, what it reads now. The answer names calls that were
 * canceled, so a cancel also arrives while the engine is away.
 */
export function createWorkerLife(deps: {
  db: Db;
  notifier: Notifier;
  log: Log;
  id: string;
  name: string;
  slots: number;
  running: RunningJobs;
}): { begin(): Promise<void>; end(): Promise<void> } {
  const { db, log, id, name, slots, running } = deps;
  let timer: NodeJS.Timeout | undefined;
  let ended = false;
  let beating: Promise<void> = Promise.resolve();
  /** Of a row of failures only the first is written down. */
  let isKnownAlive = true;

  async function beatNow(): Promise<void> {
    await beat(db.apart, {
      id,
      name,
      host: hostname(),
      pid: process.pid,
      slots,
      running: running.ids(),
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
    timer = setTimeout(
      () => {
        beating = round();
      },
      isKnownAlive ? WORKER_BEAT.everyMs : WORKER_BEAT.retryMs,
    );
  }

  return {
    async begin() {
      beating = round();
      await beating;
      // The gate counts slots: one more worker makes room.
      deps.notifier.changed([], { gate: true });
    },
    async end() {
      ended = true;
      clearTimeout(timer);
      // One that is under way would write the row again after it was taken away.
      await beating;
      await leave(db.apart, id).catch((error: unknown) => log.warn(factsOf(error), 'worker.leave_failed'));
      deps.notifier.changed([], { gate: true });
    },
  };
}

function factsOf(error: unknown): Record<string, unknown> {
  const known = toAppError(error);
  return { code: known.code, cause: causeText(known) };
}
