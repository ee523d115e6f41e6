import { readFileSync } from 'node:fs';

/** What a peer cannot run without, beside PostgreSQL and Temporal, which this queue brings. */
export type Need = 'packages' | 'redis' | 'python';

/** One column of the comparison. */
export interface Peer {
  readonly name: string;
  /** With its version. */
  readonly title: string;
  readonly needs: readonly Need[];
  /** When an enqueue has its answer: what it accepted is on the disk, or will be within a second. */
  readonly onDisk: 'each' | 'within 1 s';
}

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
}

const manifestAt = (file: string): Manifest => JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8'));
const theirs = manifestAt('./programs/package.json').dependencies;
const ours = manifestAt('../../package.json').dependencies;

/** @param rqVersion that of the wheels */
export function peersWith(rqVersion: string): readonly Peer[] {
  return [
    { name: 'rq', title: `RQ ${rqVersion}, Redis`, needs: ['redis', 'python'], onDisk: 'within 1 s' },
    { name: 'bullmq', title: `BullMQ ${theirs.bullmq}, Redis`, needs: ['packages', 'redis'], onDisk: 'within 1 s' },
    { name: 'pgboss', title: `pg-boss ${theirs['pg-boss']}`, needs: ['packages'], onDisk: 'each' },
    { name: 'graphile', title: `graphile-worker ${theirs['graphile-worker']}`, needs: ['packages'], onDisk: 'each' },
    { name: 'dbos', title: `DBOS ${theirs['@dbos-inc/dbos-sdk']}`, needs: ['packages'], onDisk: 'each' },
    { name: 'temporal', title: `Temporal, SDK ${ours['@temporalio/client']}`, needs: [], onDisk: 'each' },
    { name: 'pantry', title: 'this queue, HTTP', needs: [], onDisk: 'each' },
    { name: 'pantry-sql', title: 'this queue, SQL', needs: [], onDisk: 'each' },
  ];
}

/** How much of each is done. */
export interface Sizes {
  readonly enqueue: number;
  readonly batch: number;
  readonly counts: number;
  readonly drain: number;
  readonly idle: number;
  /** Of the worker. */
  readonly slots: number;
  /** Calls that are open while memory is measured, and how long. */
  readonly held: number;
  readonly heldMs: number;
  /** Jobs that run when the worker is killed, and how long they are waited for. */
  readonly killed: number;
  readonly killedLimitMs: number;
}

export const SIZES: Readonly<Record<'full' | 'small', Sizes>> = {
  full: {
    enqueue: 300,
    batch: 10_000,
    counts: 20,
    drain: 500,
    idle: 30,
    slots: 100,
    held: 100,
    heldMs: 15_000,
    killed: 10,
    killedLimitMs: 120_000,
  },
  small: {
    enqueue: 5,
    batch: 20,
    counts: 2,
    drain: 10,
    idle: 2,
    slots: 10,
    held: 5,
    heldMs: 5_000,
    killed: 3,
    killedLimitMs: 60_000,
  },
};
