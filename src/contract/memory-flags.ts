/** Memory settings of long-lived processes, in one place: `up` gives them at their start, a server or worker of its own sets what it can. */

/**
 * Processes that hold many small things at once: a small nursery for new objects keeps them 50 MB smaller than Node's
 * default of 16 MB a half (a worker with 100 calls in flight: 208 MB instead of 264). V8 reads it at its start only.
 */
export const SMALL_NURSERY = '--max-semi-space-size=4';

/**
 * A worker needs 55 MB of heap; what finished jobs leave behind would only be collected when that has grown about
 * fourfold. This has it collected once the heap is a third larger. V8 reads it at every collection.
 */
export const EARLY_COLLECTION = ['--initial-old-space-size=64', '--heap-growing-percent=30'] as const;

/**
 * A server: what requests leave behind is collected once the heap has doubled. 1,000 open streams hold 39 MB instead of 65;
 * a third, as in a worker, is 32 MB and doubles the processor time of sending.
 */
export const COLLECTION_AT_TWICE = ['--initial-old-space-size=64', '--heap-growing-percent=100'] as const;

/**
 * Environment of processes with threads of their own (a worker has 17). glibc gives each thread an arena and hands back
 * little of it: with two arenas for all, 100 calls in flight take 213 MB instead of 257. Read at the start of a process.
 */
export const FEW_ARENAS = { MALLOC_ARENA_MAX: '2' } as const;

/** A relay waits for its host most of the time: its nursery stays as it is. V8 reads it whenever the nursery would grow. */
export const SETTLED_NURSERY = '--semi-space-growth-factor=1';
