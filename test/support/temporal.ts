import { spawn } from 'node:child_process';
import { ensureArtifact } from '#artifacts';
import { SEARCH_ATTRIBUTES } from '../../src/contract/names.ts';
import { TEMPORAL_SETTINGS } from '../../src/embedded/temporal.ts';
import { freePort, listens } from './ports.ts';

export interface TestTemporal {
  readonly address: string;
  readonly program: string;
  readonly pid: number;
  kill(signal: NodeJS.Signals): Promise<void>;
}

/**
 * A real Temporal dev server.
 * @param options `file`: where it keeps its state (in memory without); `port`: to come back under the same address;
 *   `dynamicConfig`: further settings, `name=value` in JSON
 */
export async function startTemporal(
  options: { file?: string; port?: number; dynamicConfig?: readonly string[] } = {},
): Promise<TestTemporal> {
  const program = await ensureArtifact('temporal-cli');
  const port = options.port ?? (await freePort());
  const flags = [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--headless', '--log-level', 'error'],
    ...[...TEMPORAL_SETTINGS, ...(options.dynamicConfig ?? [])].flatMap((value) => ['--dynamic-config-value', value]),
    ...Object.entries(SEARCH_ATTRIBUTES).flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]),
    ...(options.file === undefined
      ? []
      : [
          '--db-filename',
          options.file,
          '--sqlite-pragma',
          'journal_mode=WAL',
          '--sqlite-pragma',
          'synchronous=NORMAL',
        ]),
  ];
  const child = spawn(program, flags, { stdio: 'ignore' });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  while (!(await listens(port))) {
    if (child.exitCode !== null) throw new Error(`Temporal ended with ${child.exitCode} before it answered`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    address: `127.0.0.1:${port}`,
    program,
    pid: child.pid ?? 0,
    async kill(signal) {
      child.kill(signal);
      await gone;
    },
  };
}
