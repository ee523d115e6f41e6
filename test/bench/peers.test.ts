import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { compare } from '../../bench/peers/compare.ts';
import { peersWith, SIZES } from '../../bench/peers/peers.ts';
import { type Figures, type Outcome, pageWith, rowsFor, tableOf } from '../../bench/peers/table.ts';

const PEERS = peersWith('2.10.0');
const ROWS = rowsFor(SIZES.full);
const PROGRAMS = path.resolve(import.meta.dirname, '../../bench/peers/programs');
const page = readFileSync(new URL('../../docs/comparison.md', import.meta.url), 'utf8');

/** What the program of a peer answers, each figure another. */
const FIGURES: Figures = {
  enqueueMs: 1.11,
  enqueue99Ms: 2.22,
  enqueuedPerS: 3_333,
  batchS: 4.44,
  statusMs: 5.55,
  countsMs: 6.66,
  drainedPerS: 777,
  idleMs: 8.88,
  heldMb: 99,
  held: 100,
  cut: 10,
  unfinished: 0,
  doubled: 0,
  finishedS: 12.3,
};
const all: Outcome[] = PEERS.map((peer) => ({ peer, figures: FIGURES }));
const cellsOf = (line: string) =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
const compared = (measure: (name: string) => Promise<Figures>, missing = {}) =>
  compare(PEERS, { missing, say: () => {}, measure: ({ name }) => measure(name) });

describe('the comparison with other queues', () => {
  it('[P5] has a column for each of them and this queue, and a cell for each figure that was asked for', () => {
    const [head = '', , ...rows] = tableOf(ROWS, all).split('\n');
    expect(cellsOf(head).slice(1)).toEqual(PEERS.map(({ title }) => title));
    for (const word of ['RQ', 'BullMQ', 'pg-boss', 'graphile-worker', 'DBOS', 'Temporal', 'this queue']) {
      expect(head).toContain(word);
    }
    expect(rows.map((row) => cellsOf(row).length)).toEqual(ROWS.map(() => PEERS.length + 1));
    const column = rows.map((row) => cellsOf(row)[1]);
    expect(column).toEqual([
      'within 1 s',
      '1.11',
      '2.22',
      '3,333',
      '4.44',
      '5.55',
      '6.66',
      '777',
      '8.88',
      '99.0',
      '12.3 s',
    ]);
  });

  it('[P5] has a program for each of them', () => {
    const adapters = readdirSync(path.join(PROGRAMS, 'adapters'));
    for (const { name } of PEERS) expect(adapters).toContain(`${name}.mjs`);
  });

  it('[P5] says what was lost and doubled where a worker was killed, and what was measured with fewer calls', () => {
    const figures = { ...FIGURES, unfinished: 3, doubled: 2, held: 10, heldMb: 40 };
    const [peer] = PEERS;
    if (!peer) throw new Error('no peers');
    const last = tableOf(ROWS, [{ peer, figures }])
      .split('\n')
      .slice(-2)
      .map((row) => cellsOf(row)[1]);
    expect(last).toEqual(['400 (10 measured)', '3 of 10 not done, 2 done twice']);
  });

  it('[P5] tells of one that fails with its reason, and measures those after it', async () => {
    const outcomes = await compared(async (name) => {
      if (name === 'bullmq') throw new Error('connect ECONNREFUSED 127.0.0.1:1\n    at somewhere');
      return FIGURES;
    });
    const table = tableOf(ROWS, outcomes);
    expect(table).toContain(`Left out: ${PEERS[1]?.title}. It failed: connect ECONNREFUSED 127.0.0.1:1`);
    expect(table).not.toContain('at somewhere');
    expect(cellsOf(table.split('\n')[0] ?? '')).toHaveLength(PEERS.length);
  });

  it('[P5] leaves out what cannot run on a machine, with the reason, and starts none of it', async () => {
    const measured: string[] = [];
    const missing = { packages: 'The registry cannot be reached.', redis: 'None is on the PATH.' };
    const outcomes = await compared(async (name) => {
      measured.push(name);
      return FIGURES;
    }, missing);
    expect(measured).toEqual(['temporal', 'pantry', 'pantry-sql']);
    const table = tableOf(ROWS, outcomes);
    expect(table).toContain(`Left out: ${PEERS[0]?.title}. None is on the PATH.`);
    expect(table).toContain(`Left out: ${PEERS[2]?.title}. The registry cannot be reached.`);
  });

  it('[P5] is written into its page between two marks, as often as one likes', () => {
    const once = pageWith(page, '\n| a |\n');
    expect(pageWith(once, '\n| a |\n')).toBe(once);
    expect(once).toContain('\n| a |\n');
    expect(once.replace('\n| a |\n', '')).not.toContain('| a |');
    expect(() => pageWith('no marks', '| a |')).toThrow('The page has no');
  });

  it('[P5] names the versions on its page that it measures', () => {
    for (const { title } of PEERS.filter(({ name }) => !name.startsWith('pantry'))) {
      const version = /\d+\.\d+/.exec(title)?.[0];
      expect(page, title).toContain(`${version}`);
    }
  });
});
