/** The engine of the embedded profile: Temporal's dev server with its Web UI. Its file may be deleted at any time. */
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { childEnvironment } from './child-environment.ts';
import type { DataDir } from './data-dir.ts';
import type { ProcessSpec } from './launch.ts';
import type { Endpoint } from './temporal-ui.ts';
import { until } from './until.ts';

export const temporalNamespace = 'default';

// Must be given again at each start, also on a file that knows them.
const searchAttributes = ['PantryTenant=Keyword', 'PantryUser=Keyword', 'PantryBatch=Keyword', 'PantryReceipt=Int'];
const pragmas = ['journal_mode=WAL', 'synchronous=NORMAL'];
/** Of the server; those of the tests are set the same. */
export const TEMPORAL_SETTINGS = [
  // The default of 20 a second puts a 50 ms tick on every step of a workflow.
  'history.transferProcessorMaxPollRPS=1000',
  // Order is kept inside a partition: spread over four, the few tasks that wait here would come in any.
  'matching.numTaskqueueReadPartitions=1',
  'matching.numTaskqueueWritePartitions=1',
  // The HTTP API opens a port of its own and checks no Origin: a page could end workflows by a plain form.
  'frontend.httpAllowedHosts=[]',
];

export interface EmbeddedTemporal {
  readonly spec: ProcessSpec;
  readonly address: string;
}

/**
 * @param program path of the Temporal CLI
 * @param ui where its Web UI listens, which lets everybody in; `codec`: where its pages have payloads decrypted
 */
export function createEmbeddedTemporal(
  dir: DataDir,
  program: string,
  port: number,
  ui: Endpoint & { readonly codec?: string | undefined },
): EmbeddedTemporal {
  const file = path.join(dir.temporal, 'temporal.db');
  const address = `127.0.0.1:${port}`;
  const env = childEnvironment({});
  const flags = [
    ...['--ip', '127.0.0.1', '--port', String(port)],
    ...['--ui-ip', ui.host, '--ui-port', String(ui.port)],
    ...(ui.codec === undefined ? [] : ['--ui-codec-endpoint', ui.codec]),
    ...['--db-filename', file, '--log-level', 'warn', '--ui-disable-news-fetch'],
    ...pragmas.flatMap((pragma) => ['--sqlite-pragma', pragma]),
    ...TEMPORAL_SETTINGS.flatMap((value) => ['--dynamic-config-value', value]),
    ...searchAttributes.flatMap((attribute) => ['--search-attribute', attribute]),
  ];
  const serves = () =>
    promisify(execFile)(program, ['operator', 'cluster', 'health', '--address', address], { env, timeout: 5_000 }).then(
      () => true,
      () => false,
    );

  return {
    address,
    spec: {
      role: 'temporal',
      logFile: path.join(dir.logs, 'temporal.log'),
      readyTimeoutMs: 60_000,
      prepare: () => dropUnusable(file),
      launch: (logHandle) =>
        spawn(program, ['server', 'start-dev', ...flags], {
          env,
          stdio: ['ignore', logHandle, logHandle],
          detached: true,
        }),
      ready: async (_child, signal) => {
        await until(serves, 100, signal);
        // Without it the pragma was not taken, and a kill could roll acknowledged work back.
        if (!existsSync(`${file}-wal`)) throw new Error(`${file}-wal is missing: the file is not in write-ahead mode`);
      },
    },
  };
}

/**
 * The ledger starts again what a lost file held, so a file that cannot be opened is set aside and not mourned; what
 * belonged to a deleted one is removed, SQLite would apply it to the new file.
 */
async function dropUnusable(file: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  if (existsSync(file)) {
    const header = await firstBytes(file, 15);
    if (header === 'SQLite format 3' || header === '') return;
    await rename(file, `${file}.damaged`);
  }
  for (const suffix of ['-wal', '-shm', '-journal']) await rm(`${file}${suffix}`, { force: true });
}

async function firstBytes(file: string, length: number): Promise<string> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, 0);
    return buffer.toString('latin1', 0, bytesRead);
  } finally {
    await handle.close();
  }
}
