import { readFile } from 'node:fs/promises';
import { pino } from 'pino';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ensureArtifact } from '#artifacts';
import { createPool, type Pool } from '../../../src/ocr/lanes/pool.ts';

let modelsDir: string;
let pool: Pool | undefined;

beforeAll(async () => {
  modelsDir = await ensureArtifact('ocr-models');
  // A lane inherits how this process loads TypeScript; the test runner does it without a flag.
  process.execArgv.push('--import', 'tsx');
});

afterEach(() => pool?.stop(0));

async function openPool(limits: { readingTimeoutMs?: number; maxLaneBytes?: number }): Promise<Pool> {
  const opened = await new Promise<Pool>((resolve) => {
    const created = createPool({
      modelsDir,
      lanes: 1,
      queueLimit: 4,
      readingTimeoutMs: limits.readingTimeoutMs ?? 20_000,
      maxLaneBytes: limits.maxLaneBytes ?? 1_000_000_000,
      log: pino({ level: 'silent' }),
      onReady: () => resolve(created),
    });
  });
  pool = opened;
  return opened;
}

const photo = () => readFile('assets/receipts/real_23032020_06_01662.jpg');
const signal = new AbortController().signal;

async function isReplaced(opened: Pool, pid: number | undefined): Promise<void> {
  await vi.waitFor(
    () => {
      const state = opened.state();
      expect(state.lanesReady).toBe(1);
      expect(state.lanePids).not.toContain(pid);
    },
    { timeout: 10_000, interval: 50 },
  );
}

describe('a lane beyond its limits', () => {
  it('is killed and replaced when a reading takes too long', async () => {
    const opened = await openPool({ readingTimeoutMs: 1 });
    const [pid] = opened.state().lanePids;
    await expect(opened.read(await photo(), signal)).rejects.toMatchObject({ code: 'reading_timeout' });
    await isReplaced(opened, pid);
  });

  it.runIf(process.platform === 'linux')('is killed and replaced when it needs too much memory', async () => {
    const opened = await openPool({ maxLaneBytes: 1_000_000 });
    const [pid] = opened.state().lanePids;
    await expect(opened.read(await photo(), signal)).rejects.toMatchObject({ code: 'image_too_large' });
    await isReplaced(opened, pid);
  });
});

describe('a caller that goes away', () => {
  it('frees its place in the queue', async () => {
    const opened = await openPool({});
    const bytes = await photo();
    const first = opened.read(bytes, signal);
    const gone = new AbortController();
    const second = opened.read(bytes, gone.signal);
    expect(opened.state().waiting).toBe(1);
    gone.abort();
    await expect(second).rejects.toMatchObject({ code: 'busy' });
    expect(opened.state().waiting).toBe(0);
    await expect(first).resolves.toBeDefined();
  });
});
