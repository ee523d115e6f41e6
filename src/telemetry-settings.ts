import { httpUrl, listOfHeaders, name, text, whole } from './setting-types.ts';

/** What others may see of a process: its metrics and traces. */
export const TELEMETRY_SETTINGS = {
  METRICS_PORT: whole(
    'Port of its own for `/metrics`, of a server or a worker, where nothing else is served and no key is asked for; 0 takes a free one. Without it a server shows them at its address, and a worker nowhere.',
    0,
    65_535,
  ).optional(),
  METRICS_HOST: text(
    'Address that `METRICS_PORT` listens on. The numbers are of all tenants together and hold no text: another address than loopback is for a network of your own.',
  ).default('127.0.0.1'),
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
