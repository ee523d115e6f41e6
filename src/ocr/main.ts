// The OCR service on its own: an HTTP agent that reads receipts. It knows nothing of queues.
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { withSettingFiles } from '../setting-files.ts';
import { AgentError } from './errors.ts';
import { createPool } from './lanes/pool.ts';
import { requireContent } from './service/content.ts';
import { fetchImage } from './service/fetched-image.ts';
import { createService } from './service/server.ts';
import { readStoredImage } from './service/stored-image.ts';
import { createVisionReader } from './vision/reader.ts';
import { readVisionSettings, VISION_SETTINGS, type VisionSettings } from './vision/settings.ts';

const READING_TIMEOUT_MS = 60_000;
const MAX_LANE_BYTES = 600_000_000;

const USAGE = `Usage: main.js --models-dir DIR [--image-dir DIR] [--image-url-origin ORIGIN]...
  [--host 127.0.0.1] [--port 0] [--lanes 1] [--queue-limit 16]
  [--stop-grace-ms 4500] [--allowed-host NAME]... [--driver openai|anthropic [--second-opinion]]`;

interface Settings {
  readonly host: string;
  readonly port: number;
  readonly imageDir: string | undefined;
  readonly modelsDir: string;
  readonly lanes: number;
  readonly queueLimit: number;
  /** After SIGTERM, what is being read has this long to finish. */
  readonly stopGraceMs: number;
  readonly origins: readonly string[];
  /** Names by which the service is called besides those of the loopback address. */
  readonly allowedHosts: readonly string[];
  /** Undefined: the lanes read alone. */
  readonly vision: { readonly settings: VisionSettings; readonly secondOpinion: boolean } | undefined;
}

function readSettings(): Settings {
  const { values } = parseArgs({
    options: {
      host: { type: 'string', default: '127.0.0.1' },
      port: { type: 'string', default: '0' },
      'image-dir': { type: 'string' },
      'models-dir': { type: 'string' },
      lanes: { type: 'string', default: '1' },
      'queue-limit': { type: 'string', default: '16' },
      'stop-grace-ms': { type: 'string', default: '4500' },
      'image-url-origin': { type: 'string', multiple: true, default: [] },
      'allowed-host': { type: 'string', multiple: true, default: [] },
      driver: { type: 'string' },
      'second-opinion': { type: 'boolean', default: false },
    },
  });
  const modelsDir = values['models-dir'];
  if (modelsDir === undefined) throw new Error('--models-dir is missing.');
  return {
    host: values.host,
    port: count('--port', values.port, 0, 65_535),
    imageDir: values['image-dir'],
    modelsDir,
    lanes: count('--lanes', values.lanes, 1, 64),
    queueLimit: count('--queue-limit', values['queue-limit'], 0, 100_000),
    stopGraceMs: count('--stop-grace-ms', values['stop-grace-ms'], 0, 3_600_000),
    origins: originsOf(values['image-url-origin']),
    allowedHosts: [values.host, ...values['allowed-host']].map((name) => name.toLowerCase()),
    vision: visionOf(values.driver, values['second-opinion']),
  };
}

/** The key comes from the environment or a file: a command line can be read by every user of the machine. */
function visionOf(driver: string | undefined, secondOpinion: boolean): Settings['vision'] {
  if (driver === undefined) {
    if (secondOpinion) throw new Error('--second-opinion needs --driver.');
    return undefined;
  }
  const env = withSettingFiles(process.env, Object.keys(VISION_SETTINGS));
  return { settings: readVisionSettings(driver, env), secondOpinion };
}

/** Without the flag those of the queue's own store, as its settings name them. */
function originsOf(flags: readonly string[]): string[] {
  const { S3_ENDPOINT, S3_PUBLIC_ENDPOINT } = process.env;
  const given = flags.length > 0 ? flags : [S3_PUBLIC_ENDPOINT, S3_ENDPOINT].filter((origin) => origin !== undefined);
  return given.filter((origin) => origin !== '').map((origin) => new URL(origin).origin);
}

function count(flag: string, text: string, min: number, max: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max))
    throw new Error(`${flag} must be a whole number from ${min} to ${max}, not "${text}".`);
  return value;
}

function run(settings: Settings): void {
  const log = pino({ name: 'ocr', level: process.env.LOG_LEVEL ?? 'info' }, pino.destination(2));
  const tell = (message: object): void => {
    process.send?.(message);
  };
  const pool = createPool({
    modelsDir: settings.modelsDir,
    lanes: settings.lanes,
    queueLimit: settings.queueLimit,
    readingTimeoutMs: READING_TIMEOUT_MS,
    maxLaneBytes: MAX_LANE_BYTES,
    log,
    onReady: () => {
      log.info({ event: 'ocr.ready' });
      tell({ event: 'ready' });
    },
  });
  const reader = settings.vision && createVisionReader({ pool, log, ...settings.vision });
  const server = createService({
    pool,
    ...(reader && { read: reader.read }),
    log,
    allowedHosts: settings.allowedHosts,
    loadImage: async ({ image_path, image_url }) => {
      if (image_url != null && settings.origins.length > 0) {
        return requireContent(image_path, await fetchImage(image_url, settings.origins));
      }
      if (settings.imageDir !== undefined) {
        return requireContent(image_path, await readStoredImage(settings.imageDir, image_path));
      }
      throw new AgentError('image_missing', 'This service has neither an image folder nor an allowed image address.');
    },
  });
  server.on('error', (error) => {
    log.fatal({ event: 'ocr.listen_failed', reason: error.message });
    process.exit(1);
  });
  server.listen(settings.port, settings.host, () => {
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : settings.port;
    log.info({ event: 'ocr.listening', host: settings.host, port });
    tell({ event: 'listening', port });
  });

  let stopping = false;
  async function stop(): Promise<void> {
    if (stopping) return;
    stopping = true;
    log.info({ event: 'ocr.stopping' });
    server.close();
    server.closeIdleConnections();
    await pool.stop(settings.stopGraceMs);
    server.closeIdleConnections();
    setTimeout(() => process.exit(0), 50);
  }
  process.on('SIGTERM', () => void stop());
  process.on('SIGINT', () => void stop());
  // The process that started the service is gone: nobody is left to stop it later.
  process.on('disconnect', () => void stop());
}

try {
  run(readSettings());
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : 'Cannot start.'}\n${USAGE}\n`);
  process.exit(2);
}
