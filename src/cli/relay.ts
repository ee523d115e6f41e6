import { START_LIMIT_MS, START_LIMIT_WITH_PROGRESS_MS } from '../../mcp/patience.ts';
import { createLocalPhotos } from '../../mcp/photos/local-photos.ts';
import { createRelayQueue } from '../../mcp/relay-queue.ts';
import type { StartingDeps } from '../../mcp/start-queue.ts';
import { serveRelay } from '../../mcp/stdio.ts';
import { createQueueClient } from '../client/index.ts';
import { DEFAULT_TENANT } from '../contract/names.ts';
import type { Principal } from '../contract/principal.ts';
import { homeFolder } from '../embedded/data-dir.ts';
import { findRunningQueue } from '../embedded/owner-file.ts';
import { createLogger } from '../telemetry/logger.ts';
import { sendByHttp } from './http-send.ts';

/** A queue that restarts refuses calls for a moment. */
const RESTART_MS = 5_000;

export interface RelayOptions extends Pick<StartingDeps, 'start' | 'hints'> {
  /** The queue to use; undefined: the one that runs on the data folder. */
  readonly url: string | undefined;
  /** Sent to the queue, which decides who calls; undefined: that of the data folder's queue, if it wants one. */
  readonly key: string | undefined;
  readonly dataDir: string;
  /** Folders that photos may be added from. */
  readonly allow: readonly string[];
  readonly logLevel: string;
  /** Offers only the tools that change nothing. */
  readonly readOnly?: boolean;
}

/** Nothing of this is sent: the queue at the other end decides who calls, and what they may do. */
const LOCAL: Principal = {
  tenant: DEFAULT_TENANT,
  user: 1,
  scopes: new Set(['jobs:read', 'jobs:write', 'queue:admin', 'act_as'] as const),
};

/** Gives the host of this process the tools of a queue that runs elsewhere, until the host has gone; then exits. */
export async function runRelay(options: RelayOptions): Promise<never> {
  const { url, key, dataDir, allow, logLevel, readOnly, start, hints } = options;
  const locate = () => url ?? findRunningQueue(dataDir)?.url;
  // Only the queue of this folder is sent the key that stands there, which changes with each start.
  const currentKey = () => key ?? (url === undefined ? findRunningQueue(dataDir)?.key : undefined);
  const queue = createRelayQueue({
    locate,
    start,
    startLimitMs: { withProgress: START_LIMIT_WITH_PROGRESS_MS, silent: START_LIMIT_MS },
    restartMs: RESTART_MS,
    connect: (address) => createQueueClient({ url: address, key: currentKey, resumesWaits: false, fetch: sendByHttp }),
    hints,
  });
  const photos = createLocalPhotos({ allowed: allow, workingFolder: process.cwd(), home: homeFolder() });
  const logger = createLogger({ level: logLevel, name: 'mcp' });
  const origin = () => locate()?.replace(/\/+$/, '');
  await serveRelay({ queue, logger, principal: LOCAL, photos, origin, readOnly });
  // Sockets of the client and a wait for a queue must not hold a relay whose host has gone.
  process.exit(0);
}
