import { existsSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { LongFilesFirst } from './test/support/long-files-first.ts';

const globalSetup = './test/support/global-setup.ts';
const setup = './test/support/setup.ts';

export default defineConfig({
  test: {
    // Recordings are made on purpose (npm run record:histories), never by a test run.
    include: process.env.RECORD_HISTORIES ? ['test/**/*.record.ts'] : ['test/**/*.test.ts'],
    pool: 'forks',
    // Many tests wait for real time limits, and a third file uses two processors meanwhile. Beside each run its database,
    // Temporal and workers: more files at a time only make the waiting longer.
    maxWorkers: 3,
    sequence: { sequencer: LongFilesFirst },
    testTimeout: 60_000,
    hookTimeout: 120_000,
    setupFiles: existsSync(setup) ? [setup] : [],
    globalSetup: existsSync(globalSetup) ? [globalSetup] : [],
    coverage: { include: ['src/**', 'workflows/**', 'activities/**', 'mcp/**'] },
  },
});
