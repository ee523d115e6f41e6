/** One process from its launch to its readiness. */
import type { ChildProcess } from 'node:child_process';
import { AppError } from '../contract/errors.ts';
import { withSignals } from '../contract/signals.ts';
import { closeLog, openLog, tailOf } from './log-file.ts';
import { type Role, titles } from './owner-file.ts';
import { identify, isErrno, type ProcessIdentity } from './process-identity.ts';
import { endProcess } from './process-records.ts';

export interface ProcessSpec {
  readonly role: Role;
  readonly logFile: string;
  readonly readyTimeoutMs: number;
  /** How often the first start is tried, where what a killed one left may be in the way for a moment. Default: once. */
  readonly firstTries?: number;
  /** Before each launch: what must be so on disk. */
  prepare?(): Promise<void>;
  /** Spawns, detached, with its output to the given descriptor. */
  launch(logHandle: number): ChildProcess;
  /** Resolves when the process does its work; rejects when it never will. Called in the tick of the launch. */
  ready(child: ChildProcess, signal: AbortSignal): Promise<void>;
}

export interface Running {
  readonly pid: number;
  /** `undefined` when it was gone before anybody could look. */
  readonly identity: ProcessIdentity | undefined;
  /** Resolves with how it ended, in words; never rejects. */
  readonly exited: Promise<string>;
  ready(signal: AbortSignal): Promise<void>;
}

export function launch(spec: ProcessSpec): Running {
  const logHandle = openLog(spec.logFile);
  try {
    const child = spec.launch(logHandle);
    const identity = child.pid === undefined ? undefined : identify(child.pid);
    return { pid: child.pid ?? 0, identity, exited: exitOf(child), ready: (signal) => spec.ready(child, signal) };
  } finally {
    closeLog(logHandle);
  }
}

/**
 * Resolves when the process is ready. One that is not in time is ended.
 * @throws AppError `part_failed` with the reason and the end of the log; the reason of `stop` when that came first
 */
export async function untilReady(spec: ProcessSpec, running: Running, stop: AbortSignal): Promise<void> {
  const giveUp = new AbortController();
  const died = running.exited.then((how) => {
    throw new Error(`it ended ${how}`);
  });
  try {
    await withSignals([stop, giveUp.signal, AbortSignal.timeout(spec.readyTimeoutMs)], async (signal) => {
      const aborted = new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
      aborted.catch(() => undefined);
      try {
        await Promise.race([running.ready(signal), died, aborted]);
      } finally {
        giveUp.abort();
      }
    });
  } catch (error) {
    // During a stop the stop itself ends the process, gently: PostgreSQL half way through its first start included.
    if (running.identity && !stop.aborted) {
      await endProcess(running.identity, spec.role, { gentleMs: 2_000 });
      // Gone from the system is not yet told to us, and the next start must not meet this one's news.
      await running.exited;
    }
    stop.throwIfAborted();
    throw partFailed(spec, error);
  } finally {
    died.catch(() => undefined);
  }
}

function partFailed(spec: ProcessSpec, error: unknown): AppError {
  const reason =
    error instanceof DOMException && error.name === 'TimeoutError'
      ? `it was not ready after ${spec.readyTimeoutMs / 1000} s`
      : reasonOf(error);
  const tail = tailOf(spec.logFile);
  return new AppError('part_failed', `${titles[spec.role]} did not start: ${reason}.`, {
    hint: `Its log is ${spec.logFile}${tail === '' ? '.' : `, which ends:\n${tail}`}`,
    cause: error,
  });
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Resolves with how a process ended, in words; never rejects. */
function exitOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(`before it began (${error.message})`));
    child.once('exit', (code, signal) => resolve(signal ? `by signal ${signal}` : `with code ${code}`));
  });
}

/** A process that was killed may leave children of its own (the agent's decoders): they share its group. */
export function endGroup(leaderPid: number): void {
  if (leaderPid <= 0) return;
  try {
    process.kill(-leaderPid, 'SIGKILL');
  } catch (error) {
    if (!isErrno(error, 'ESRCH', 'EPERM')) throw error;
  }
}
