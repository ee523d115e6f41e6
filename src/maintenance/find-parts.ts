import { readConfig } from '../config.ts';
import { AppError } from '../contract/errors.ts';
import { childEnvironment } from '../embedded/child-environment.ts';
import { dataDirAt, defaultDataDir } from '../embedded/data-dir.ts';
import { findRunningQueue } from '../embedded/owner-file.ts';
import { type EngineConfig, readEngineConfig, readPayloadKeys } from '../engine/connection.ts';

/**
 * Where the database and Temporal of a queue are: `--data-dir`, else DATABASE_URL, else the queue that runs on the usual folder.
 * @throws AppError invalid_argument, ledger_unavailable
 */
export function findParts(dataDir: string | undefined): {
  config: ReturnType<typeof readConfig>;
  engine: EngineConfig;
} {
  if (dataDir === undefined && (process.env.DATABASE_URL || process.env.DATABASE_URL_FILE))
    return { config: readConfig(), engine: readEngineConfig() };
  const dir = dataDirAt(dataDir ?? defaultDataDir());
  const running = findRunningQueue(dir.root);
  if (!running) {
    throw new AppError('ledger_unavailable', `No queue runs on ${dir.root}, and DATABASE_URL is not set.`, {
      hint: 'Start it with pantry-queue up, name its folder with --data-dir, or set DATABASE_URL.',
    });
  }
  const { address, namespace } = running.temporal;
  return {
    config: readConfig(childEnvironment({ DATABASE_URL: running.database_url, IMAGE_DIR: dir.images })),
    engine: { address, namespace, connectionOptions: { address }, payloadKeys: readPayloadKeys() },
  };
}
