import type { Config } from './config.ts';
import { LOOPBACK_NAMES } from './http/guard.ts';
import { listen } from './http/listen.ts';
import { createMetricsApp, type MetricsPage } from './http/metrics.ts';
import { othersReach } from './loopback.ts';
import type { Log } from './ports.ts';

/** A scrape takes no longer. */
const CLOSE_GRACE_MS = 1_000;

/**
 * Opens the port of METRICS_PORT, where one is set.
 * @returns what closes it
 * @throws AppError port_taken
 */
export async function openMetricsPort(
  { metrics, http }: Pick<Config, 'metrics' | 'http'>,
  page: MetricsPage,
  log: Log,
): Promise<() => Promise<void>> {
  const { host, port } = metrics;
  if (port === undefined) return async () => {};
  const hosts = [...new Set([...LOOPBACK_NAMES, host.toLowerCase(), ...http.allowedHosts])];
  const app = createMetricsApp(page, { hosts, addresses: othersReach(host), origins: [] }, log);
  const listening = await listen({ fetch: app.fetch, host, port, log });
  log.info({ host, port: listening.port }, 'metrics.listening');
  return () => listening.close(CLOSE_GRACE_MS);
}
