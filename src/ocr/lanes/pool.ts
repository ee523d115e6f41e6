import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Logger } from 'pino';
import { AgentError } from '../errors.ts';
import type { Extraction } from '../reply.ts';
import { residentBytes } from './memory.ts';
import type { LaneCost, LaneMessage, LaneRequest, ShownPage } from './messages.ts';
import { startLane } from './start-lane.ts';

export interface PoolOptions {
  readonly modelsDir: string;
  readonly lanes: number;
  /** Pictures that may wait for a lane; one more is refused as busy. */
  readonly queueLimit: number;
  /** A reading that takes longer ends its lane. */
  readonly readingTimeoutMs: number;
  /** A lane that grows beyond this while reading is ended, where the system tells (Linux). */
  readonly maxLaneBytes: number;
  readonly log: Logger;
  readonly onReady: () => void;
}

export interface PoolState {
  readonly lanesReady: number;
  readonly lanes: number;
  readonly running: number;
  readonly waiting: number;
  readonly replaced: number;
  readonly largestLaneBytes: number;
  readonly lanePids: readonly number[];
}

export interface LaneResult {
  readonly extraction: Extraction;
  readonly cost: LaneCost;
  /** Where it was asked for. */
  readonly page?: ShownPage | undefined;
}

/** What a lane is asked besides the fields, and told besides the picture. */
export type ReadOptions = Pick<LaneRequest, 'withPage' | 'country'>;

export interface Pool {
  /** Reads one picture. Rejects with AgentError. `signal` takes it out of the queue; a reading under way is finished unseen. */
  read(bytes: Uint8Array, signal: AbortSignal, options?: ReadOptions): Promise<LaneResult>;
  state(): PoolState;
  /** Refuses what waits, lets what runs finish for at most `graceMs`, then ends the lanes. */
  stop(graceMs: number): Promise<void>;
}

interface Task {
  readonly id: number;
  readonly bytes: Uint8Array;
  readonly options: ReadOptions;
  readonly settle: (outcome: LaneResult | AgentError) => void;
}

interface Lane {
  child: ChildProcess;
  ready: boolean;
  task: Task | undefined;
  watch: NodeJS.Timeout | undefined;
  deadlineAt: number;
}

/** A decoder that runs wild takes about 200 MB a second. */
const MEMORY_CHECK_MS = 50;
const RESTART_DELAY_MS = 1_000;
const EXPECTED_READING_MS = 2_000;

/** Keeps a fixed number of lanes alive and hands pictures to them in the order they came. */
export function createPool(options: PoolOptions): Pool {
  const { log } = options;
  const waiting: Task[] = [];
  const lanes = new Set<Lane>();
  let nextId = 1;
  let replaced = 0;
  let largestLaneBytes = 0;
  let everReady = false;
  let stopping = false;
  let failedStarts = 0;
  for (let i = 0; i < options.lanes; i++) open();

  function open(): void {
    if (stopping) return;
    const child = startLane(options.modelsDir, (words) =>
      log.error({ event: 'ocr.lane_failed', pid: child.pid, reason: words }),
    );
    const lane: Lane = { child, ready: false, task: undefined, watch: undefined, deadlineAt: 0 };
    lanes.add(lane);
    child.on('message', (message: LaneMessage) => onMessage(lane, message));
    child.on('error', (error) => log.error({ event: 'ocr.lane_error', reason: error.message }));
    child.on('exit', (code, signal) => onExit(lane, code, signal));
  }

  function onMessage(lane: Lane, message: LaneMessage): void {
    if (message.event === 'ready') {
      lane.ready = true;
      failedStarts = 0;
      log.info({ event: 'ocr.lane_ready', pid: lane.child.pid });
      if (!everReady) options.onReady();
      everReady = true;
      hand();
      return;
    }
    if (message.event === 'failed_to_load') {
      log.error({ event: 'ocr.models_failed', reason: message.message });
      return;
    }
    if (lane.task?.id !== message.id) return;
    if (message.event === 'done') largestLaneBytes = Math.max(largestLaneBytes, message.cost.peakBytes);
    settle(lane, message.event === 'done' ? message : new AgentError(message.code, message.message));
    hand();
  }

  function onExit(lane: Lane, code: number | null, signal: NodeJS.Signals | null): void {
    lanes.delete(lane);
    if (!lane.ready) failedStarts++;
    settle(lane, new AgentError('lane_lost', 'The reader ended while it read this image.', 2));
    if (stopping) return;
    replaced++;
    log.warn({ event: 'ocr.lane_ended', pid: lane.child.pid, code, signal });
    if (lane.ready) open();
    else setTimeout(open, RESTART_DELAY_MS * Math.min(failedStarts, 10)).unref();
  }

  function settle(lane: Lane, outcome: LaneResult | AgentError): void {
    const task = lane.task;
    lane.task = undefined;
    clearInterval(lane.watch);
    task?.settle(outcome);
  }

  function hand(): void {
    for (const lane of lanes) {
      if (!lane.ready || lane.task !== undefined) continue;
      const task = waiting.shift();
      if (task === undefined) return;
      lane.task = task;
      lane.deadlineAt = Date.now() + options.readingTimeoutMs;
      lane.watch = setInterval(() => void check(lane, task), MEMORY_CHECK_MS);
      lane.child.send({ id: task.id, bytes: task.bytes, ...task.options } satisfies LaneRequest);
    }
  }

  async function check(lane: Lane, task: Task): Promise<void> {
    const bytes = (await residentBytes(lane.child.pid ?? 0)) ?? 0;
    largestLaneBytes = Math.max(largestLaneBytes, bytes);
    if (lane.task !== task) return;
    if (Date.now() >= lane.deadlineAt) end(lane, 'reading_timeout', 'Reading the image took too long.');
    else if (bytes > options.maxLaneBytes) end(lane, 'image_too_large', 'Reading the image needs too much memory.');
  }

  function end(lane: Lane, code: 'reading_timeout' | 'image_too_large', message: string): void {
    log.warn({ event: 'ocr.lane_killed', pid: lane.child.pid, code });
    lane.ready = false;
    settle(lane, new AgentError(code, message));
    lane.child.kill('SIGKILL');
    failedStarts = 0;
  }

  return {
    read(bytes, signal, asked = {}) {
      if (stopping) return Promise.reject(new AgentError('not_ready', 'The service is stopping.', 5));
      if (!everReady || failedStarts >= 3) {
        return Promise.reject(new AgentError('not_ready', 'The OCR models are not loaded.', 2));
      }
      if (waiting.length >= options.queueLimit && !idle()) {
        const seconds = Math.ceil((waiting.length * EXPECTED_READING_MS) / options.lanes / 1000);
        return Promise.reject(
          new AgentError('busy', 'All lanes are busy and the queue is full.', Math.max(1, seconds)),
        );
      }
      return new Promise((resolve, reject) => {
        const task: Task = {
          id: nextId++,
          bytes,
          options: asked,
          settle: (outcome) => (outcome instanceof AgentError ? reject(outcome) : resolve(outcome)),
        };
        signal.addEventListener('abort', () => {
          const at = waiting.indexOf(task);
          if (at >= 0) waiting.splice(at, 1);
          task.settle(new AgentError('busy', 'The caller went away.'));
        });
        waiting.push(task);
        hand();
      });
    },
    state: () => ({
      lanesReady: [...lanes].filter((lane) => lane.ready).length,
      lanes: options.lanes,
      running: running(),
      waiting: waiting.length,
      replaced,
      largestLaneBytes,
      lanePids: [...lanes].flatMap(({ child }) => child.pid ?? []),
    }),
    async stop(graceMs) {
      stopping = true;
      for (const task of waiting.splice(0)) task.settle(new AgentError('not_ready', 'The service is stopping.', 5));
      const until = Date.now() + graceMs;
      while (running() > 0 && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 20));
      // A process outlives its SIGKILL by a moment: when the service has ended, none of its lanes is left.
      await Promise.all([...lanes].map(({ child }) => killed(child)));
    },
  };

  function running(): number {
    return [...lanes].filter((lane) => lane.task !== undefined).length;
  }

  function idle(): boolean {
    return [...lanes].some((lane) => lane.ready && lane.task === undefined);
  }
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}
