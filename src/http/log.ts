/** The little of a pino logger that the doors use: an object with a stable `event`, ids and numbers, never receipt text. */
export interface HttpLog {
  info(entry: Readonly<Record<string, unknown>>): void;
  warn(entry: Readonly<Record<string, unknown>>): void;
  error(entry: Readonly<Record<string, unknown>>): void;
}
