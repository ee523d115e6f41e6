import { pino } from 'pino';
import { ensureArtifact } from '#artifacts';
import { createPool, type Pool } from '../../../src/ocr/lanes/pool.ts';

// A lane inherits how this process loads TypeScript; the test runner does it without a flag.
process.execArgv.push('--import', 'tsx');

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
