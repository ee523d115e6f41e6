import { existsSync } from 'node:fs';
import { configDefaults, defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';

/** The topology of production has a set-up of its own, and takes both processors: nothing else runs with it. */
const isTopology = process.env.TOPOLOGY === '1';
const globalSetup = isTopology ? './test/topology/support/global-setup.ts' : './test/support/global-setup.ts';
const setup = './test/support/setup.ts';

/**
 * `npm run test:drills`: what plays a newcomer's or an operator's machine rather than the code. Packages installed
 * elsewhere, pages in a real browser, the Python client; machines that fail, every process killed, a dump restored, the
 * doctor; another Temporal moved to, one with certificates or keys, the replaced system cut over; an agent that reads
 * real pictures for long.
 */
const DRILLS = [
  'clients/**/*',
  'embedded/up',
  'engine/encrypted',
  'engine/engine-move',
  'engine/misconfigured',
  'engine/rolling-upgrade',
  'engine/secured',
  'engine/vision-agent',
  'faults/!(failpoints|foreign-transactions)',
  'first-hour/**/*',
  'maintenance/doctor/**/*',
  'mcp/relay',
  'ocr/lanes/**/*',
  'ocr/robustness',
  'ocr/service/bad-input',
  'ocr/service/formats',
  'ocr/service/lanes',
  'ocr/service/rough-photos',
  'ocr/service/vision',
  'ocr/slips/several-slips',
  'toolchain/build',
  'toolchain/dashboard',
  'toolchain/first-contact',
  'toolchain/package',
  'worker/burst-process',
].map((files) => `test/${files}.test.ts`);

/** Drills too. They leave nothing behind in their process, and share its browser, its server's code and what it loads. */
const PAGES = ['test/dashboard/**/*.test.ts'];

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
  'config',
  'identity/issuer-keys',
  'identity/tokens',
  'ocr/document',
  'ocr/vision/bill',
  'ocr/vision/combine',
  'receipt-tables',
  'embedded/data-dir',
  'embedded/owner-file',
  'embedded/ports',
  'embedded/postgres-account',
  'embedded/process-records',
  'requirements',
  'requirements/threats',
  'toolchain/browser',
  'toolchain/compose',
  'toolchain/dockerfile',
  'toolchain/foreign-binaries',
  'toolchain/free-ports',
  'toolchain/generated',
  'toolchain/lock-file',
  'toolchain/mcpb',
  'toolchain/sabotage',
  'toolchain/sample',
  'toolchain/start-up',
  'toolchain/suites',
  'toolchain/test-order',
  'toolchain/test-summary',
  'worker/burst',
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
const elsewhere = [...configDefaults.exclude, ...sharing, ...DRILLS, ...PAGES, 'test/topology/**'];
const tests = [
  {
    test: {
      ...common,
      name: 'sharing',
      include: sharing,
      exclude: [...configDefaults.exclude, ...DRILLS],
      isolate: false,
    },
  },
  { test: { ...common, name: 'apart', include: ['test/**/*.test.ts'], exclude: elsewhere } },
  { test: { ...common, name: 'drills', include: DRILLS } },
  { test: { ...common, name: 'pages', include: PAGES, isolate: false } },
];
const projects = process.env.RECORD_HISTORIES ? recordings : isTopology ? topology : tests;

export default defineConfig({
  test: {
    projects,
    // Many tests wait for real time limits, and others use two processors meanwhile. Beside each run its database,
    // Temporal and workers: more files at a time only make the waiting longer.
    maxWorkers: isTopology ? 1 : 4,
    sequence: isTopology ? {} : { sequencer: LongestFirst },
    globalSetup: existsSync(globalSetup) ? [globalSetup] : [],
    coverage: { include: ['src/**', 'workflows/**', 'activities/**', 'mcp/**'] },
  },
});
