import { readFile } from 'node:fs/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Pool } from '../../../src/ocr/lanes/pool.ts';
import { openPool } from '../support/pool.ts';

let pool: Pool | undefined;

afterEach(() => pool?.stop(0));

async function open(limits: Parameters<typeof openPool>[0] = {}): Promise<Pool> {
  const opened = await openPool(limits);
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
    const opened = await open({ readingTimeoutMs: 1 });
    const [pid] = opened.state().lanePids;
    await expect(opened.read(await photo(), signal)).rejects.toMatchObject({ code: 'reading_timeout' });
    await isReplaced(opened, pid);
  });

  it.runIf(process.platform === 'linux')('is killed and replaced when it needs too much memory', async () => {
    const opened = await open({ maxLaneBytes: 1_000_000 });
    const [pid] = opened.state().lanePids;
    await expect(opened.read(await photo(), signal)).rejects.toMatchObject({ code: 'image_too_large' });
    await isReplaced(opened, pid);
  });
});

describe('a caller that goes away', () => {
  it('frees its place in the queue', async () => {
    const opened = await open();
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
