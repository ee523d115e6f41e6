import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createDataDir, type DataDir, dataDirAt } from '../../src/embedded/data-dir.ts';
import { launch, untilReady } from '../../src/embedded/launch.ts';
import { createEmbeddedPostgres } from '../../src/embedded/postgres.ts';
import { endProcess } from '../../src/embedded/process-records.ts';
import { freePort } from './ports.ts';
import { conninfoOf, copyForStandby, waitForStandby } from './standby.ts';

export interface TestPostgres {
  /** As the superuser, without a database: `${url}/postgres`. */
  readonly url: string;
  readonly pid: number;
  readonly logFile: string;
  /** Ends the server, and starts another on a copy of its folder: what an operator does with a cold backup. */
  moveToCopy(): Promise<TestPostgres>;
  /** `kill -9`; resolves when it has gone. */
  kill(): Promise<void>;
  /** Another server on a copy of this one's folder, which follows it; each commit waits for it from now on. */
  createStandby(): Promise<TestPostgres>;
  /** Ends the server, and starts it again at another port, as one that takes over an address. */
  moveTo(port: number): Promise<TestPostgres>;
  /** Ends the server and removes its folder. */
  stop(): Promise<void>;
}

const newFolder = async () => dataDirAt(await mkdtemp(path.join(tmpdir(), 'pantry-test-pg-')));

/**
 * A real PostgreSQL with fsync, made and started by the routine of the product, in a folder of its own.
 * @param settings of the server, by their names in `postgresql.conf`
 */
export async function startPostgres(settings: Readonly<Record<string, string>> = {}): Promise<TestPostgres> {
  return serve(await newFolder(), settings);
}

async function serve(dir: DataDir, settings: Readonly<Record<string, string>>, port?: number): Promise<TestPostgres> {
  createDataDir(dir);
  const { spec, superuserUrl } = await createEmbeddedPostgres(dir, port ?? (await freePort()), settings);
  const running = launch(spec);
  const endAtOnce = () => running.pid > 0 && process.kill(running.pid, 'SIGQUIT');
  process.once('exit', endAtOnce);
  await untilReady(spec, running, new AbortController().signal);
  async function end(): Promise<void> {
    process.off('exit', endAtOnce);
    if (running.identity) await endProcess(running.identity, 'postgres', { gentleMs: 5_000 });
    await running.exited;
  }
  const remove = () => rm(dir.root, { recursive: true, force: true });
  return {
    url: superuserUrl,
    pid: running.pid,
    logFile: spec.logFile,
    async moveToCopy() {
      await end();
      const copy = await newFolder();
      // With its owners: PostgreSQL accepts no folder of anybody else.
      execFileSync('cp', ['-a', `${dir.root}/.`, copy.root]);
      await remove();
      return serve(copy, settings);
    },
    async kill() {
      process.kill(running.pid, 'SIGKILL');
      await running.exited;
    },
    async createStandby() {
      const copy = await newFolder();
      await copyForStandby(superuserUrl, dir, copy);
      const standby = await serve(copy, { ...settings, primary_conninfo: conninfoOf(superuserUrl) });
      await waitForStandby(superuserUrl);
      return standby;
    },
    async moveTo(other) {
      await end();
      return serve(dir, settings, other);
    },
    async stop() {
      await end();
      await remove();
    },
  };
}
