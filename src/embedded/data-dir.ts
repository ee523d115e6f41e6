import { chmodSync, mkdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Where everything of one embedded queue lies. */
export interface DataDir {
  readonly root: string;
  readonly owner: string;
  readonly lock: string;
  readonly ports: string;
  /** One record a running process, for the next `up` to find what a killed one left. */
  readonly processes: string;
  readonly logs: string;
  readonly images: string;
  readonly postgres: string;
  readonly temporal: string;
}

/** The paths of a data folder; nothing is created. */
export function dataDirAt(folder: string): DataDir {
  const root = path.resolve(folder);
  const inside = (name: string) => path.join(root, name);
  return {
    root,
    owner: inside('owner.json'),
    lock: inside('owner.lock'),
    ports: inside('ports.json'),
    processes: inside('processes'),
    logs: inside('logs'),
    images: inside('images'),
    postgres: inside('postgres'),
    temporal: inside('temporal'),
  };
}

/** Makes the folder and those inside that are ours alone. PostgreSQL's is made with the cluster, it may have another owner. */
export function createDataDir(dir: DataDir): void {
  mkdirSync(dir.root, { recursive: true, mode: 0o700 });
  for (const folder of [dir.processes, dir.logs, dir.images, dir.temporal]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * `DATA_DIR`, else `$XDG_DATA_HOME/pantry-queue`, else `~/.local/share/pantry-queue`. Root has `/var/lib/pantry-queue`:
 * PostgreSQL refuses to run as root, and root's home is closed to the user it then runs as.
 */
export function defaultDataDir(env: Environment = process.env): string {
  if (env.DATA_DIR) return path.resolve(env.DATA_DIR);
  if (env.XDG_DATA_HOME) return path.join(path.resolve(env.XDG_DATA_HOME), 'pantry-queue');
  if (process.platform === 'linux' && process.getuid?.() === 0) return '/var/lib/pantry-queue';
  return path.join(os.homedir(), '.local', 'share', 'pantry-queue');
}

/** The demo's own folder, beside the other, so that trying never touches what is kept. */
export function defaultDemoDir(env: Environment = process.env): string {
  return `${defaultDataDir(env)}-demo`;
}
