import { type Logger, pino } from 'pino';
import { boundedStream, LOG_RATE } from './bounded-stream.ts';

/** Fields that could carry a secret or text of a receipt, wherever a log line might hold them. */
const SECRET = [
  'authorization',
  'password',
  'secret',
  'key',
  'token',
  'database_url',
  'databaseUrl',
  'raw_text',
  'ocr_text',
  'merchant_name',
];

const SECRET_PATHS = SECRET.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

export type { Logger };

/**
 * JSON lines on stderr; stdout belongs to a command's output and to protocols.
 * @param options `level`: fatal, error, warn, info, debug, trace or silent; `name`: which process it is; `facts`: what
 *   stands in each line; `onDrop`: told of each line beyond the rate
 */
export function createLogger(options: {
  level: string;
  name: string;
  facts?: () => object;
  onDrop?: () => void;
}): Logger {
  return pino(
    {
      name: options.name,
      level: options.level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      ...(options.facts ? { mixin: options.facts } : {}),
      redact: { paths: SECRET_PATHS, censor: '[redacted]' },
      formatters: { level: (label) => ({ level: label }) },
    },
    // Synchronous: the last line before a crash is the one that is needed.
    boundedStream(pino.destination({ dest: 2, sync: true }), LOG_RATE, Date.now, options.onDrop),
  );
}
