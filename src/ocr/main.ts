// The OCR service on its own: an HTTP agent that reads receipts. It knows nothing of queues.
import { pino } from 'pino';
import { AgentError } from './errors.ts';
import { createPool } from './lanes/pool.ts';
import { requireContent } from './service/content.ts';
import { fetchImage } from './service/fetched-image.ts';
import { createService } from './service/server.ts';
import { readSettings, type Settings, USAGE } from './service/settings.ts';
import { readStoredImage } from './service/stored-image.ts';
import { createVisionReader } from './vision/reader.ts';

const READING_TIMEOUT_MS = 60_000;
const MAX_LANE_BYTES = 600_000_000;

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
    country: settings.country,
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

  // What nobody caught: no reading can be relied on any more, and who started the service starts another.
  process.on('uncaughtException', (error) => {
    log.fatal({ event: 'ocr.failed', reason: error.message, stack: error.stack });
    process.exit(1);
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
  run(readSettings(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : 'Cannot start.'}\n${USAGE}\n`);
  process.exit(2);
}
