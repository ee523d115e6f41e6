import path from 'node:path';
import { createMcpHttpHandler } from '../mcp/http.ts';
import { VERSION } from '../mcp/version.ts';
import { composeQueue, queueSettingsOf } from './compose.ts';
import { type Config, readConfig } from './config.ts';
import { toAppError } from './contract/errors.ts';
import type { QueueApi } from './contract/queue-api.ts';
import { createCropper } from './crop/cropper.ts';
import { createHttpApp } from './http/app.ts';
import { type AllowedCallers, LOOPBACK_NAMES } from './http/guard.ts';
import type { Readiness } from './http/health-routes.ts';
import { listen } from './http/listen.ts';
import { createOpenPrincipal } from './http/principal.ts';
import { live, tellParent } from './process-life.ts';
import { checkImage } from './queue/image-check.ts';
import { createLogger } from './telemetry/logger.ts';

/** Running calls have this long to end; those that wait for a job are answered at once. */
const CLOSE_GRACE_MS = 5_000;

/**
 * Entry of a server: HTTP, MCP over HTTP, and a gate. `pantry-queue server`.
 * @throws AppError invalid_argument when a setting is not usable
 */
export async function main(): Promise<void> {
  const config = readConfig();
  const log = createLogger({ level: config.logLevel, name: 'server' });
  await live(log, async () => {
    const base = await composeQueue(queueSettingsOf(config), log, { applicationName: 'pantry-queue server' });
    const { queue, blobs } = base;
    const { host, port } = config.http;
    const closing = new AbortController();
    const principalOf = createOpenPrincipal();
    const mcp = createMcpHttpHandler({ queue, logger: log, principalOf });
    const app = createHttpApp({
      queue,
      blobs,
      cropper: createCropper(),
      log,
      principalOf,
      checkImage,
      spoolDir: path.join(config.images.dir, '.incoming'),
      ready: () => readinessOf(queue, principalOf),
      mcp,
      allowed: allowedCallers(config.http),
      closing: closing.signal,
      version: VERSION,
    });
    const listening = await listen({ fetch: app.fetch, host, port, log }).catch(async (error: unknown) => {
      await base.close();
      throw error;
    });
    log.info({ host, port: listening.port }, 'http.listening');
    tellParent({ event: 'listening', port: listening.port });
    base.dispatch.start();
    return {
      async stop() {
        closing.abort();
        await Promise.all([listening.close(CLOSE_GRACE_MS), mcp.close()]);
        await base.close();
      },
    };
  });
}

function allowedCallers({ host, allowedHosts, allowedOrigins }: Config['http']): AllowedCallers {
  const own = (host.includes(':') ? `[${host}]` : host).toLowerCase();
  return { hosts: [...new Set([...LOOPBACK_NAMES, own, ...allowedHosts])], origins: allowedOrigins };
}

async function readinessOf(queue: QueueApi, principalOf: ReturnType<typeof createOpenPrincipal>): Promise<Readiness> {
  try {
    const principal = await principalOf(new Request('http://localhost/readyz'));
    const { parts } = await queue.queueInfo({}, { principal });
    return { ok: true, parts: { ledger: parts.ledger, engine: parts.engine, workers: parts.workers } };
  } catch (error) {
    const { code } = toAppError(error);
    return { ok: false, parts: { ledger: code === 'ledger_unavailable' ? 'down' : 'failing', engine: 'unknown' } };
  }
}

if (import.meta.filename === process.argv[1]) {
  await main().catch((error: unknown) => {
    const { code, message, hint } = toAppError(error);
    process.stderr.write(`Error (${code}): ${message}\n${hint}\n`);
    process.exitCode = 1;
  });
}
