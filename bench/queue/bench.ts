import type { Composed, QueueSettings } from '../../src/compose.ts';
import type { Figure } from './figure.ts';
import type { RawRows } from './raw-rows.ts';
import type { Servers } from './servers.ts';

/** What a group of figures is measured on. */
export interface Bench {
  readonly servers: Servers;
  /** Of the main database: every process on it must have the same. */
  readonly settings: QueueSettings;
  /** Over the main database; no gate runs, so what is queued stays queued. */
  readonly base: Composed;
  readonly raw: RawRows;
  readonly full: boolean;
  /** Progress for people. */
  say(sentence: string): void;
}

export type Measure = (bench: Bench) => Promise<Figure[]>;
