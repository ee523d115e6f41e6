import { existsSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { LongFilesFirst } from './test/support/long-files-first.ts';

/** The topology of production is a run of its own (npm run test:topology): it takes minutes, and both processors. */
const isTopology = process.env.TOPOLOGY === '1';
const globalSetup = isTopology ? './test/topology/support/global-setup.ts' : './test/support/global-setup.ts';
const setup = './test/support/setup.ts';

/** Folders whose files leave nothing behind in their process: one process runs many, and loads what they share once. */
const SHARING = [
  'activities',
  'agent',
  'bench',
  'blobs',
  'cli',
  'client',
  'contract',
  'crop',
  'dispatch',
  'engine',
  'feed',
  'http',
  'jobs',
  'ledger',
  'mcp',
  'ocr/engine',
  'ocr/fields',
  'ocr/image',
  'queue',
  'telemetry',
  'verify',
  'webhooks',
  'workflows',
  'words',
].map((folder) => `test/${folder}/**/*.test.ts`);

/** Files of the same kind in folders where others change the environment of their process or load native libraries. */
const SHARING_TOO = [
  'architecture',
  'receipt-tables',
  'embedded/data-dir',
  'embedded/owner-file',
  'embedded/ports',
  'embedded/postgres-account',
  'embedded/process-records',
  'requirements',
  'toolchain/browser',
  'toolchain/generated',
  'toolchain/lock-file',
  'toolchain/mcpb',
  'toolchain/sabotage',
  'toolchain/sample',
  'toolchain/start-up',
  'toolchain/test-summary',
].map((file) => `test/${file}.test.ts`);

const sharing = [...SHARING, ...SHARING_TOO];

const common = {
  pool: 'forks',
  testTimeout: 60_000,
  hookTimeout: 120_000,
  // What is waited for comes soon, or on a busy machine late; a wait that ends early would say that it never came.
  expect: { poll: { timeout: 30_000 } },
  setupFiles: existsSync(setup) ? [setup] : [],
} as const;

/** Recordings are made on purpose (npm run record:histories), never by a test run. */
const recordings = [{ test: { ...common, name: 'recordings', include: ['test/**/*.record.ts'] } }];
const topology = [{ test: { ...common, name: 'topology', include: ['test/topology/**/*.test.ts'] } }];
const tests = [
  { test: { ...common, name: 'sharing', include: sharing, isolate: false } },
  { test: { ...common, name: 'apart', include: ['test/**/*.test.ts'], exclude: [...sharing, 'test/topology/**'] } },
];
const projects = process.env.RECORD_HISTORIES ? recordings : isTopology ? topology : tests;

export default defineConfig({
  test: {
    projects,
    // Many tests wait for real time limits, and a third file uses two processors meanwhile. Beside each run its database,
    // Temporal and workers: more files at a time only make the waiting longer.
    maxWorkers: isTopology ? 1 : 3,
    sequence: isTopology ? {} : { sequencer: LongFilesFirst },
    globalSetup: existsSync(globalSetup) ? [globalSetup] : [],
    coverage: { include: ['src/**', 'workflows/**', 'activities/**', 'mcp/**'] },
  },
});
