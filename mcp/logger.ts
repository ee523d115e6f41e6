/** What is used of a pino logger. Fields hold ids, codes and durations; never text of a receipt. */
export interface Logger {
  info(fields: object, event: string): void;
  warn(fields: object, event: string): void;
  error(fields: object, event: string): void;
}
