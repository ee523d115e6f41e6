import { setMaxListeners } from 'node:events';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { createMcpHttpHandler } from '../mcp/http.ts';
import { VERSION } from '../mcp/version.ts';
import { incomingOf } from './blobs/open-store.ts';
import { composeQueue, queueSettingsOf } from './compose.ts';
import { composeAccess } from './compose-access.ts';
import { addReadings } from './compose-metrics.ts';
import { type Config, readConfig } from './config.ts';
import { COLLECTION_AT_TWICE } from './contract/memory-flags.ts';
import { createHttpApp } from './http/app.ts';
import { readDashboard } from './http/dashboard-files.ts';
import { type AllowedCallers, LOOPBACK_NAMES } from './http/guard.ts';
import { listen } from './http/listen.ts';
import { openMetricsPort } from './metrics-port.ts';
import { runEntry, runProcess, tellParent } from './process-life.ts';
import { passImage } from './queue/image/check.ts';
import { createOpenUpload } from './queue/upload-addresses.ts';
import { createReadiness } from './readiness.ts';
import { createTelemetry } from './telemetry/create-telemetry.ts';

/** Running calls have this long to end; those that wait for a job are answered at once. */
const CLOSE_GRACE_MS = 5_000;
/** Then the rounds that run and the connections are closed. */
const STOP_MS = 15_000;

/** Beside the programs, where the build lays it. */
const DASHBOARD_DIR = fileURLToPath(new URL('../dashboard/', import.meta.url));

/**
 * Entry of a server: HTTP, MCP over HTTP, and a gate. `pantry-queue server`.
 * @throws AppError invalid_argument when a setting is not usable
 */
export async function main(): Promise<void> {
  // However it was started: `up` gives the same on the command line.
  for (const flag of COLLECTION_AT_TWICE) setFlagsFromString(flag);
  const config = readConfig();
  const { log, ...telemetry } = await createTelemetry({ ...config, process: 'server', version: VERSION });
  await runProcess(log, async () => {
    const base = await composeQueue(queueSettingsOf(config), log, {
      applicationName: 'pantry-queue server',
      telemetry,
    });
    addReadings(telemetry.metrics, base, 'server');
    const { queue, blobs, cropper, decodePayloads } = base;
    const { host, port } = config.http;
    const closing = new AbortController();
    // One for every call under way.
    setMaxListeners(0, closing.signal);
    const dashboard = await readDashboard(DASHBOARD_DIR);
    if (!dashboard) log.warn({}, 'http.dashboard_missing');
    const { close: closeAccess, ...access } = composeAccess(config.http, base, log);
    const mcp = createMcpHttpHandler({ queue, logger: log, telemetry });
    const app = createHttpApp({
      queue,
      streams: queue,
      blobs,
      cropper,
      log,
      telemetry,
      metrics: telemetry.metrics,
      ...access,
      codec: decodePayloads && { origins: originsOf(config.temporalUi), decode: decodePayloads },
      passImage,
      openUpload: createOpenUpload(base.db, queue),
      spoolDir: incomingOf(config.images.dir),
      ready: createReadiness(base, log),
      mcp,
      allowed: allowedCallers(config.http),
      closing: closing.signal,
      version: VERSION,
      dashboard,
    });
    const closeAll = async (error: unknown): Promise<never> => {
      await base.close();
      throw error;
    };
    const closeMetrics = await openMetricsPort(config, telemetry.metrics, log).catch(closeAll);
    const listening = await listen({ fetch: app.fetch, host, port, log }).catch(closeAll);
    log.info({ host, port: listening.port }, 'http.listening');
    tellParent({ event: 'listening', port: listening.port });
    base.dispatch.start();
    return {
      async stop() {
        closing.abort();
        await Promise.all([listening.close(CLOSE_GRACE_MS), mcp.close()]);
        await base.close();
        await Promise.all([closeMetrics(), closeAccess(), telemetry.close()]);
      },
      stopsWithinMs: STOP_MS,
    };
  });
}

/** Pages of Temporal’s UI. */
const originsOf = (ui: string | undefined) => (ui === undefined ? [] : [new URL(ui).origin]);

function allowedCallers({ host, allowedHosts, allowedOrigins }: Config['http']): AllowedCallers {
  const own = (host.includes(':') ? `[${host}]` : host).toLowerCase();
  return { hosts: [...new Set([...LOOPBACK_NAMES, own, ...allowedHosts])], origins: allowedOrigins };
}

if (fileURLToPath(import.meta.url) === process.argv[1]) await runEntry(main);
