import type { LogEvent } from '../src/contract/log-events.ts';

/** What is used of a pino logger. Fields hold ids, codes and durations; never text of a receipt. */
export interface Logger {
  info(fields: object, event: LogEvent): void;
  warn(fields: object, event: LogEvent): void;
  error(fields: object, event: LogEvent): void;
}
