import { causeText } from '../contract/cause.ts';
import { toAppError } from '../contract/errors.ts';
import { type Metrics, NO_METRICS } from '../contract/metrics.ts';
import { ROUNDS } from '../contract/policies.ts';
import type { Log } from '../ports.ts';

/** A piece of work that is done again and again. */
export interface Round {
  readonly name: string;
  /** Pause between two runs; a function where it depends on how things are. */
  readonly everyMs: number | (() => number);
  run(): Promise<void>;
}

export interface Rounds {
  start(): void;
  /** These run now, or once more right after the run that is under way; without names, all. */
  wake(...names: readonly string[]): void;
  /** How long each round has been overdue, since its last run that came through; 0 while it keeps its pace. */
  lags(): readonly RoundLag[];
  /** Resolves when nothing runs any more, or after a bounded while when something hangs. */
  stop(): Promise<void>;
}

export interface RoundLag {
  readonly name: string;
  readonly lagMs: number;
}

/**
 * Runs each round by a timer of its own: one that throws, is slow or hangs delays no other. A round never runs twice at
 * once. A failure is logged with the round's name and cause when it changes, and once a minute while it lasts.
 */
export function createRounds(rounds: readonly Round[], log: Log, metrics: Metrics = NO_METRICS): Rounds {
  const running = rounds.map((round, nth) => repeated(round, log, metrics, nth));
  return {
    start() {
      for (const each of running) each.begin();
    },
    wake(...names) {
      for (const each of running) if (names.length === 0 || names.includes(each.name)) each.wake();
    },
    lags: () => running.map(({ name, lagMs }) => ({ name, lagMs: lagMs() })),
    async stop() {
      await Promise.all(running.map((each) => each.stop()));
    },
  };
}

function repeated(round: Round, log: Log, metrics: Metrics, nth: number) {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let again = false;
  let stopped = false;
  let cameThroughAt = Date.now();
  const everyMs = () => (typeof round.everyMs === 'number' ? round.everyMs : round.everyMs());
  const lagMs = () => Math.max(0, Date.now() - cameThroughAt - everyMs());
  const failures = createFailureLog(round.name, log);

  async function once(): Promise<void> {
    const slow = setTimeout(
      () => log.warn({ round: round.name, lag_ms: lagMs() }, 'dispatch.round_slow'),
      ROUNDS.slowMs,
    );
    slow.unref();
    const beganAt = performance.now();
    try {
      await round.run();
      cameThroughAt = Date.now();
      failures.passed();
    } catch (error) {
      failures.failed(error);
      metrics.add('pantry_round_failures_total', { round: round.name });
    }
    metrics.observe('pantry_round_seconds', { round: round.name }, (performance.now() - beganAt) / 1_000);
    clearTimeout(slow);
    running = undefined;
    if (stopped) return;
    if (again) wake();
    else timer = setTimeout(wake, everyMs());
  }

  function wake(): void {
    clearTimeout(timer);
    if (stopped) return;
    if (running !== undefined) {
      again = true;
      return;
    }
    again = false;
    running = once();
  }

  return {
    name: round.name,
    lagMs,
    wake,
    begin() {
      cameThroughAt = Date.now();
      // Spread over a moment: all at once they would take every connection of the pool.
      timer = setTimeout(wake, nth * ROUNDS.staggerMs);
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      if (running === undefined) return;
      let patience: NodeJS.Timeout | undefined;
      const hangs = new Promise<void>((resolve) => {
        patience = setTimeout(() => {
          log.warn({ round: round.name }, 'dispatch.round_left_hanging');
          resolve();
        }, ROUNDS.stopMs);
      });
      await Promise.race([running, hangs]);
      clearTimeout(patience);
    },
  };
}

/** Says a failure once, again when it becomes another one or has lasted a minute, and that it is over. */
function createFailureLog(round: string, log: Log) {
  let said: { text: string; at: number } | undefined;
  return {
    failed(error: unknown) {
      const known = toAppError(error);
      const { code, message } = known;
      const cause = causeText(known);
      const text = `${code}: ${cause ?? message}`;
      if (said?.text === text && Date.now() - said.at < ROUNDS.repeatFailureMs) return;
      said = { text, at: Date.now() };
      const facts = { round, code, message, cause };
      log[code === 'internal' ? 'error' : 'warn'](facts, 'dispatch.round_failed');
    },
    passed() {
      if (said) log.info({ round }, 'dispatch.round_recovered');
      said = undefined;
    },
  };
}
