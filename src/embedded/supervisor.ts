/**
 * Keeps the processes of one queue running: starts each, starts again what dies, stops all in the reverse order.
 * Every process leads a process group of its own, so that Ctrl-C in the terminal reaches only us and the order holds.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../contract/errors.ts';
import { endGroup, launch, type ProcessSpec, type Running, reasonOf, untilReady } from './launch.ts';
import { type Role, roles } from './owner-file.ts';
import { endProcess, type ProcessRecords } from './process-records.ts';

export type SupervisorEvent =
  | {
      readonly event: 'process.ready';
      readonly role: Role;
      readonly pid: number;
      readonly ms: number;
      readonly again: boolean;
    }
  | { readonly event: 'process.died'; readonly role: Role; readonly how: string; readonly restartInMs: number }
  | {
      readonly event: 'process.restart_failed';
      readonly role: Role;
      readonly reason: string;
      readonly restartInMs: number;
    }
  | { readonly event: 'process.stopped'; readonly role: Role; readonly ms: number };

export interface Supervisor {
  /** Resolves when the process is ready; from then on it is kept running. @throws AppError `part_failed` */
  start(spec: ProcessSpec): Promise<void>;
  /** Server, worker, agent, Temporal, PostgreSQL: each has gone before the next is asked. Also ends unfinished starts. */
  stop(): Promise<void>;
  /** Makes a stop that is under way a quick one. */
  hurry(): void;
  processes(): { role: Role; pid: number }[];
  /** Aborted when a stop begins. */
  readonly stopping: AbortSignal;
}

export interface BackOff {
  readonly firstMs: number;
  readonly maxMs: number;
  /** A process that was ready for so long starts again as if it had never died. */
  readonly healthyMs: number;
}

const usualBackOff: BackOff = { firstMs: 500, maxMs: 10_000, healthyMs: 30_000 };

interface Slot {
  readonly spec: ProcessSpec;
  running: Running | undefined;
  /** The start or the watch under way; a stop waits for it. */
  task: Promise<unknown>;
}

export function createSupervisor(deps: {
  records: ProcessRecords;
  onEvent: (event: SupervisorEvent) => void;
  backOff?: BackOff;
}): Supervisor {
  const backOff = deps.backOff ?? usualBackOff;
  const slots = new Map<Role, Slot>();
  const stopping = new AbortController();
  const hurrying = new AbortController();

  async function bringUp(slot: Slot, again: boolean): Promise<Running> {
    const { spec } = slot;
    const begunAt = Date.now();
    await spec.prepare?.();
    stopping.signal.throwIfAborted();
    const running = launch(spec);
    slot.running = running;
    void running.exited.then(() => forget(slot, running));
    if (running.identity) deps.records.add(spec.role, running.identity);
    await untilReady(spec, running, stopping.signal);
    deps.onEvent({ event: 'process.ready', role: spec.role, pid: running.pid, ms: Date.now() - begunAt, again });
    return running;
  }

  async function bringUpFirst(slot: Slot): Promise<Running> {
    for (let triesLeft = slot.spec.firstTries ?? 1; ; ) {
      try {
        return await bringUp(slot, false);
      } catch (error) {
        triesLeft -= 1;
        if (triesLeft <= 0 || stopping.signal.aborted) throw error;
        await delay(backOff.firstMs, undefined, { signal: stopping.signal });
      }
    }
  }

  function forget(slot: Slot, running: Running): void {
    if (slot.running !== running) return;
    slot.running = undefined;
    deps.records.remove(slot.spec.role);
    endGroup(running.pid);
  }

  async function keepRunning(slot: Slot, first: Running): Promise<void> {
    const { role } = slot.spec;
    let running: Running | undefined = first;
    let pauseMs = backOff.firstMs;
    while (running) {
      const readySince = Date.now();
      const how = await running.exited;
      if (stopping.signal.aborted) return;
      if (Date.now() - readySince >= backOff.healthyMs) pauseMs = backOff.firstMs;
      deps.onEvent({ event: 'process.died', role, how, restartInMs: pauseMs });
      running = undefined;
      while (!running) {
        await delay(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
        if (stopping.signal.aborted) return;
        pauseMs = Math.min(pauseMs * 2, backOff.maxMs);
        try {
          running = await bringUp(slot, true);
        } catch (error) {
          if (stopping.signal.aborted) return;
          deps.onEvent({ event: 'process.restart_failed', role, reason: reasonOf(error), restartInMs: pauseMs });
        }
      }
    }
  }

  return {
    async start(spec) {
      stopping.signal.throwIfAborted();
      const slot: Slot = { spec, running: undefined, task: Promise.resolve() };
      slots.set(spec.role, slot);
      const begun = bringUpFirst(slot);
      slot.task = begun.catch(() => undefined);
      slot.task = keepRunning(slot, await begun);
    },
    async stop() {
      stopping.abort(new AppError('part_failed', 'The start was broken off.', { hint: 'Start again.' }));
      for (const role of roles.toReversed()) {
        const slot = slots.get(role);
        if (!slot) continue;
        const begunAt = Date.now();
        const identity = slot.running?.identity;
        if (identity) await endProcess(identity, role, { hurry: hurrying.signal });
        await slot.task.catch(() => undefined);
        if (identity) deps.onEvent({ event: 'process.stopped', role, ms: Date.now() - begunAt });
      }
    },
    stopping: stopping.signal,
    hurry: () => hurrying.abort(),
    processes: () =>
      roles.flatMap((role) => {
        const pid = slots.get(role)?.running?.pid;
        return pid ? [{ role, pid }] : [];
      }),
  };
}
