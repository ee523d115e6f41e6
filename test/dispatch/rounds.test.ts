import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../../src/contract/errors.ts';
import { GATE, LATER, ROUNDS } from '../../src/contract/policies.ts';
import { createRounds, type Round } from '../../src/dispatch/rounds.ts';
import { untilDue } from '../../src/dispatch/until-due.ts';
import type { Log } from '../../src/ports.ts';

type Line = { level: string; event: string; fields: Readonly<Record<string, unknown>> };
let lines: Line[] = [];
const at = (level: string) => (fields: Readonly<Record<string, unknown>>, event: string) =>
  void lines.push({ level, event, fields });
const log: Log = { info: at('info'), warn: at('warn'), error: at('error') };

beforeEach(() => {
  lines = [];
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

const NAMES = ['one', 'two', 'three', 'four', 'five'] as const;
const FAULTS = {
  'throws each time': () => Promise.reject(new AppError('engine_unavailable', 'Temporal cannot be reached.')),
  'throws before it returns a promise': (): Promise<void> => {
    throw new TypeError('a fault of our own');
  },
  'hangs for ever': () => new Promise<void>(() => {}),
  'takes six seconds': () => new Promise<void>((resolve) => setTimeout(resolve, 6_000)),
} as const;

/** How far behind a round is after 19.5 s, which should come each second. */
const OVERDUE_MS: Readonly<Record<keyof typeof FAULTS, number>> = {
  'throws each time': 18_000,
  'throws before it returns a promise': 18_000,
  'hangs for ever': 18_000,
  'takes six seconds': 4_000,
};

describe.each(Object.keys(FAULTS) as (keyof typeof FAULTS)[])('a round that %s', (fault) => {
  it.each(NAMES)('delays no other: %s', async (bad) => {
    const runs = new Map<string, number>(NAMES.map((name) => [name, 0]));
    const rounds = createRounds(
      NAMES.map(
        (name): Round => ({
          name,
          everyMs: 1_000,
          async run() {
            runs.set(name, (runs.get(name) ?? 0) + 1);
            if (name === bad) await FAULTS[fault]();
          },
        }),
      ),
      log,
    );
    rounds.start();
    await vi.advanceTimersByTimeAsync(19_500);
    for (const name of NAMES) if (name !== bad) expect(runs.get(name), name).toBeGreaterThanOrEqual(19);
    const lag = Object.fromEntries(rounds.lags().map(({ name, lagMs }) => [name, lagMs]));
    for (const name of NAMES) if (name !== bad) expect(lag[name], name).toBe(0);
    expect(lag[bad]).toBeGreaterThanOrEqual(OVERDUE_MS[fault]);
    const stopped = rounds.stop();
    await vi.advanceTimersByTimeAsync(ROUNDS.stopMs);
    await stopped;
    const after = new Map(runs);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(runs).toEqual(after);
  });
});

describe('what a round meets', () => {
  const round = (run: () => Promise<void>, everyMs: Round['everyMs'] = 1_000): Round => ({
    name: 'repair',
    everyMs,
    run,
  });

  it('is logged with the round’s name and the cause: once, again each minute, and when it is over', async () => {
    let broken = true;
    const cause = new Error('permission denied for table jobs');
    const rounds = createRounds(
      [round(async () => (broken ? Promise.reject(new AppError('ledger_unavailable', 'No.', { cause })) : undefined))],
      log,
    );
    rounds.start();
    await vi.advanceTimersByTimeAsync(59_000);
    expect(lines).toEqual([
      {
        level: 'warn',
        event: 'dispatch.round_failed',
        fields: { round: 'repair', code: 'ledger_unavailable', message: 'No.', cause: cause.message },
      },
    ]);
    await vi.advanceTimersByTimeAsync(ROUNDS.repeatFailureMs);
    expect(lines).toHaveLength(2);
    broken = false;
    await vi.advanceTimersByTimeAsync(2_000);
    expect(lines.at(-1)).toMatchObject({ level: 'info', event: 'dispatch.round_recovered' });
  });

  it('is logged anew when it becomes something else', async () => {
    let nth = 0;
    const rounds = createRounds([round(async () => Promise.reject(new Error(`fault ${Math.floor(nth++ / 5)}`)))], log);
    rounds.start();
    await vi.advanceTimersByTimeAsync(9_500);
    expect(lines.map(({ level, fields }) => [level, fields.code, fields.cause])).toEqual([
      ['error', 'internal', 'fault 0'],
      ['error', 'internal', 'fault 1'],
    ]);
  });

  it('is named while it lasts longer than it should', async () => {
    const rounds = createRounds([round(() => new Promise(() => {}))], log);
    rounds.start();
    await vi.advanceTimersByTimeAsync(ROUNDS.slowMs + 1_000);
    expect(lines).toEqual([
      { level: 'warn', event: 'dispatch.round_slow', fields: { round: 'repair', lag_ms: expect.any(Number) } },
    ]);
  });

  it('a wake during a run makes one more run follow it, never two at once', async () => {
    let running = 0;
    let most = 0;
    let runs = 0;
    const rounds = createRounds(
      [
        round(async () => {
          most = Math.max(most, ++running);
          runs++;
          await new Promise((resolve) => setTimeout(resolve, 100));
          running--;
        }, 10_000),
      ],
      log,
    );
    rounds.start();
    await vi.advanceTimersByTimeAsync(10);
    for (let i = 0; i < 5; i++) rounds.wake('repair');
    await vi.advanceTimersByTimeAsync(1_000);
    expect({ most, runs }).toEqual({ most: 1, runs: 2 });
  });
});

describe('a round that carries out what is due at a time', () => {
  it.each([
    ['is due in 300 ms', 300, 300],
    ['is overdue', -5_000, LATER.soonMs],
    ['is due in an hour', 3_600_000, GATE.tickMs],
    ['is none', undefined, GATE.tickMs],
  ])('[Q12] comes back in time when the next %s', async (_what, nextMs, pauseMs) => {
    const round = untilDue('due', async () => nextMs);
    await round.run();
    expect(typeof round.everyMs === 'function' && round.everyMs()).toBe(pauseMs);
  });

  it('waits a whole tick after it has failed, however soon the next was due before', async () => {
    let isAway = false;
    const round = untilDue('due', async () => {
      if (isAway) throw new AppError('ledger_unavailable', 'The ledger cannot be reached.');
      return 0;
    });
    await round.run();
    isAway = true;
    await expect(round.run()).rejects.toThrow('cannot be reached');
    expect(typeof round.everyMs === 'function' && round.everyMs()).toBe(GATE.tickMs);
  });
});
