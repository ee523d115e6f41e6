import { held, type Requirements } from './requirement.ts';

/** How it is installed, and how callers of the replaced service come to it. */
export const firstHourRequirements: Requirements = {
  H8: held(
    'Python callers of the replaced service keep their calls, and a page moves them over from a real RQ and back.',
    ['clients/python.test.ts', 'queues a receipt once, and tells of it in the words it had'],
    ['clients/python.test.ts', 'queues a batch in the order'],
    ['clients/python.test.ts', 'tells an unknown job from a queue that cannot be asked'],
    ['clients/python.test.ts', 'cancels a job that is being read'],
    ['clients/python.test.ts', 'clears as many failed jobs as it says'],
    ['clients/python-limits.test.ts', 'comes too slowly'],
    ['clients/python-limits.test.ts', 'the idempotency key of the first'],
    ['clients/cut-over.test.ts', 'drains the old queue'],
    ['clients/cut-over.test.ts', 'goes back'],
  ),
  H9: held(
    'The packed package runs in an empty folder on Node 20, 22 and 24, with native code of its system alone.',
    ['first-hour/packed-programs.test.ts', 'reads the shipped receipts with the demo'],
    ['first-hour/packed-programs.test.ts', 'starts with up, tells programs where'],
    ['first-hour/packed-programs.test.ts', 'lists its tools over MCP'],
    ['first-hour/packed-programs.test.ts', 'below 300 MB'],
    ['first-hour/odd-machines.test.ts', 'without Python, without a network'],
    ['first-hour/odd-machines.test.ts', 'with a home that cannot be written to'],
    ['toolchain/package.test.ts', 'in order by publint'],
    ['toolchain/package.test.ts', 'no package whose install script'],
    ['toolchain/package.test.ts', 'holds every file of the build'],
    ['toolchain/foreign-binaries.test.ts', 'depend on pantry-queue alone'],
    ['toolchain/release.test.ts', 'publishes with provenance from CI, and nowhere else'],
  ),
  P5: held(
    'One command measures this queue beside RQ, BullMQ, pg-boss, graphile-worker, DBOS and Temporal, and tells of what could not run.',
    ['bench/peers.test.ts', 'has a column for each of them and this queue'],
    ['bench/peers.test.ts', 'has a program for each of them'],
    ['bench/peers.test.ts', 'tells of one that fails with its reason'],
    ['bench/peers.test.ts', 'leaves out what cannot run on a machine'],
  ),
};
