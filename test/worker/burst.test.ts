import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { untilDrained } from '../../src/burst.ts';
import { AppError } from '../../src/contract/errors.ts';
import { BURST } from '../../src/contract/policies.ts';
import type { Movement } from '../../src/ledger/insight/movement.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const problem = async ({ live }: Movement, why: string) => new AppError('agent_unavailable', `${live} wait: ${why}.`);
const still = (changes: Partial<Movement> = {}): Movement => ({
  live: 3,
  tenant: 'default',
  running: false,
  moved: '0 ended',
  paused: false,
  ...changes,
});

/** What the burst makes of looks at each second, and after how many. */
async function burst(look: (second: number) => Movement | Error, seconds: number, limitMs = Number.MAX_SAFE_INTEGER) {
  let second = 0;
  let end: { error: AppError | undefined; after: number } | undefined;
  const looks = async () => {
    const seen = look(++second);
    if (seen instanceof Error) throw seen;
    return seen;
  };
  const ending = untilDrained(looks, problem, { limitMs }).then((error) => {
    end = { error, after: second };
  });
  await vi.advanceTimersByTimeAsync(seconds * BURST.lookMs);
  return end ?? { error: 'goes on', after: second, ending };
}
const patience = BURST.patienceMs / BURST.lookMs;

describe('[W3] a burst worker', () => {
  it('ends well when nothing is left, seen twice', async () => {
    expect(await burst(() => still({ live: 0 }), 10)).toEqual({ error: undefined, after: BURST.emptyLooks });
    const between = (second: number) => still({ live: second === 2 ? 1 : 0 });
    expect(await burst(between, 10)).toEqual({ error: undefined, after: 4 });
  });

  it('goes on as long as jobs end or attempts are used up, however long that takes', async () => {
    const slowly = (second: number) => still({ moved: `${Math.floor(second / (patience - 1))} ended` });
    expect(await burst(slowly, patience * 20)).toMatchObject({ error: 'goes on' });
  });

  it('goes on while the agent reads, however long that takes', async () => {
    expect(await burst(() => still({ running: true }), patience * 20)).toMatchObject({ error: 'goes on' });
    expect(await burst(() => still({ running: true, paused: true }), patience * 20)).toMatchObject({
      error: 'goes on',
    });
  });

  it('ends with the reason soon when the queue is paused', async () => {
    const ended = await burst(() => still({ paused: true }), patience);
    expect(ended).toMatchObject({ error: { message: '3 wait: stands_still.' } });
    expect(ended.after).toBeLessThan(10);
  });

  it.each([
    ['jobs keep coming', (second: number) => still({ moved: `${second} ended` })],
    ['a call never ends', () => still({ running: true })],
    [
      'the queue is never seen empty twice',
      (second: number) => still({ live: 1 - (second % 2), moved: `${second} ended` }),
    ],
    [
      'every other look fails',
      (second: number) =>
        second % 2 ? still({ moved: `${second}` }) : new AppError('ledger_unavailable', 'It is away.'),
    ],
  ])('ends when its time is over, however much moves: %s', async (_why, look) => {
    const ended = await burst(look, 1_000, 600 * BURST.lookMs);
    expect(ended).toMatchObject({
      error: { message: expect.stringMatching(/out_of_time|away/) },
      after: 600,
    });
  });

  it('ends with the reason when nothing moves', async () => {
    const ended = await burst(() => still(), patience * 2);
    expect(ended).toMatchObject({ error: { code: 'agent_unavailable' } });
    expect(ended.after).toBeLessThanOrEqual(patience + 2);
  });

  it('ends with what the database said when that stays away, and not before', async () => {
    const away = new AppError('ledger_unavailable', 'The database does not answer.');
    expect(await burst(() => away, patience + 2)).toMatchObject({ error: { code: 'ledger_unavailable' } });
    const passing = (second: number) => (second % patience === 0 ? still({ moved: `${second}` }) : away);
    expect(await burst(passing, patience * 5)).toMatchObject({ error: 'goes on' });
  });
});
