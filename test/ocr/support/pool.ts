import { pino } from 'pino';
import { ensureArtifact } from '#artifacts';
import type { createPool as CreatePool, Pool } from '../../../src/ocr/lanes/pool.ts';

/** As it was built: a lane that translates its own source at each start holds more and starts later than what is shipped. */
const built = new URL('../../../dist/src/ocr/lanes/pool.js', import.meta.url).href;
const { createPool }: { createPool: typeof CreatePool } = await import(built);

/** A pool of one lane with the real networks, ready to read. */
export async function openPool(limits: { readingTimeoutMs?: number; maxLaneBytes?: number } = {}): Promise<Pool> {
  const modelsDir = await ensureArtifact('ocr-models');
  return new Promise((resolve) => {
    const pool = createPool({
      modelsDir,
      lanes: 1,
      queueLimit: 4,
      readingTimeoutMs: limits.readingTimeoutMs ?? 20_000,
      maxLaneBytes: limits.maxLaneBytes ?? 1_000_000_000,
      log: pino({ level: 'silent' }),
      onReady: () => resolve(pool),
    });
  });
}
