import type { z } from 'zod';
import { AppError } from '../contract/errors.ts';
import { othersReach } from '../loopback.ts';
import { flag, httpUrl, listOfHeaders, name, text, whole } from './types.ts';

/** What others may see of a process: its metrics and traces. */
export const TELEMETRY_SETTINGS = {
  METRICS_PORT: whole(
    'Port of its own for `/metrics`, of a server or a worker, where nothing else is served and no key is asked for; 0 takes a free one. Without it a server shows them at its address, and a worker nowhere.',
    0,
    65_535,
  ).optional(),
  METRICS_HOST: text(
    'Address that `METRICS_PORT` and `TEMPORAL_METRICS_PORT` listen on. One that others can reach needs `METRICS_OPEN=true`.',
  ).default('127.0.0.1'),
  METRICS_OPEN: flag(
    '`true`: `METRICS_HOST` may be an address that others reach. The numbers are of all tenants together, hold no text, and are shown to anyone who asks: for a network of your own.',
  ).default(false),
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl(
    'Collector that traces are sent to, over OTLP/HTTP in JSON: `http://127.0.0.1:4318`. Without it nothing is traced.',
  ).optional(),
  OTEL_EXPORTER_OTLP_HEADERS: listOfHeaders(
    'Headers of these requests: `authorization=Bearer%20…`, percent-encoded, separated by commas.',
  ).optional(),
  OTEL_SERVICE_NAME: name(
    'How traces name this process. Default: `pantry-queue-server` or `pantry-queue-worker`.',
  ).optional(),
  TEMPORAL_METRICS_PORT: whole(
    'Port at which a worker shows the metrics of Temporal’s library (`temporal_…`), on `METRICS_HOST`.',
    1,
    65_535,
  ).optional(),
} as const;

/**
 * Nobody is asked for a key at these ports, so that others may reach them is said on purpose.
 * @throws AppError invalid_argument
 */
export function requireOpenMetricsAgreed(settings: z.infer<z.ZodObject<typeof TELEMETRY_SETTINGS>>): void {
  const { METRICS_HOST: host, METRICS_OPEN, METRICS_PORT, TEMPORAL_METRICS_PORT } = settings;
  const isServed = METRICS_PORT !== undefined || TEMPORAL_METRICS_PORT !== undefined;
  if (METRICS_OPEN || !isServed || !othersReach(host)) return;
  const message = `METRICS_HOST is ${host}, which others can reach, and metrics are shown there without a key.`;
  throw new AppError('invalid_argument', message, {
    hint: 'On a network of your own set METRICS_OPEN=true; or listen on 127.0.0.1, or leave METRICS_PORT out and read /metrics of the server with a key.',
    fields: [{ pointer: '/METRICS_HOST', code: 'setting', message }],
  });
}
