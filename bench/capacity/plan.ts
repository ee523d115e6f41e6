import { type Measured, PARTS, type Part } from './costs.ts';

/** What an installation is to carry, and on which machines. */
export interface Load {
  readonly jobsPerSecond: number;
  /** Of the agent, for one receipt. */
  readonly readingSeconds: number;
  readonly imageBytes: number;
  /** Processors of one machine. */
  readonly cores: number;
}

/** No part is planned fuller than this: queues grow without bound towards 1. */
export const FILL = 0.6;
export const LIMITS = {
  /** Calls that one worker process holds in 250 MB (requirement W8, `test/faults/memory.test.ts`). */
  callsAWorker: 100,
  /** One PostgreSQL server is planned with no more processors than this, and no more log than a fast disk syncs. */
  ledgerCores: 32,
  ledgerWalBytesS: 100e6,
  /**
   * Changes of workflows that one history shard is planned to take a second: each is a transaction of 5 to 10 ms, and
   * one waits for the other. Temporal publishes no such figure. A healthy job makes about eight.
   */
  shardChangesS: 100,
  changesAJob: 8,
} as const;
const DAY_S = 86_400;

export interface Plan {
  readonly load: Load;
  /** Processors that are busy, by part. */
  readonly busyCores: Readonly<Record<Part, number>>;
  /** Machines of `cores` processors, by part, filled to `FILL`. */
  readonly machines: Readonly<Record<Part, number>>;
  /** Ledgers, each a database with a Temporal namespace of its own, over which tenants are spread. */
  readonly ledgers: number;
  /** What makes more than one ledger necessary. */
  readonly ledgerLimit: 'processors' | 'log' | null;
  /** Calls of the agent under way at once; as many slots are needed, and more for what arrives unevenly. */
  readonly callsInFlight: number;
  /** Calls that the workers can hold, filled to `FILL`. */
  readonly slots: number;
  readonly workers: number;
  readonly historyShards: number;
  readonly commitsPerSecond: number;
  readonly walBytesPerSecond: number;
  readonly ledgerBytesPerDay: number;
  readonly historyBytesPerDay: number;
  readonly imageBytesPerDay: number;
}

const powerOfTwo = (least: number) => 2 ** Math.ceil(Math.log2(Math.max(4, least)));

/** Plain arithmetic: costs of one job times jobs a second, over what a machine, a ledger and a shard carry. */
export function planFor(load: Load, { perJob }: Pick<Measured, 'perJob'>): Plan {
  const { jobsPerSecond: rate } = load;
  const busyCores = record((part) => (perJob.cpuMs[part] * rate) / 1_000);
  const walBytesPerSecond = perJob.walBytes * rate;
  const byCores = busyCores.ledger / (Math.min(load.cores, LIMITS.ledgerCores) * FILL);
  const byLog = walBytesPerSecond / LIMITS.ledgerWalBytesS;
  const ledgers = Math.max(1, Math.ceil(Math.max(byCores, byLog)));
  const callsInFlight = Math.ceil(rate * load.readingSeconds);
  const slots = Math.ceil(callsInFlight / FILL);
  const machines = record((part) => Math.max(1, Math.ceil(busyCores[part] / (load.cores * FILL))));
  return {
    load,
    busyCores,
    machines: { ...machines, ledger: Math.max(machines.ledger, ledgers) },
    ledgers,
    ledgerLimit: ledgers === 1 ? null : byCores >= byLog ? 'processors' : 'log',
    callsInFlight,
    slots,
    // A worker is one process: it fills one processor at most.
    workers: Math.max(Math.ceil(slots / LIMITS.callsAWorker), Math.ceil(busyCores.worker / FILL)),
    historyShards: powerOfTwo((rate * LIMITS.changesAJob) / (LIMITS.shardChangesS * FILL)),
    commitsPerSecond: perJob.commits * rate,
    walBytesPerSecond,
    ledgerBytesPerDay: perJob.ledgerBytes * rate * DAY_S,
    historyBytesPerDay: perJob.historyBytes * rate * DAY_S,
    imageBytesPerDay: load.imageBytes * rate * DAY_S,
  };
}

const record = (of: (part: Part) => number) =>
  Object.fromEntries(PARTS.map((part) => [part, of(part)])) as Record<Part, number>;
