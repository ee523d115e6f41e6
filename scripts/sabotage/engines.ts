import type { Sabotage } from './row.ts';

/** The guards between us and Temporal. */
export const ENGINE_SABOTAGES: readonly Sabotage[] = [
  {
    guard: 'the line is looked at before gRPC waits for its deadline',
    promise: 'P2: what keeps a secure line from being made is named',
    file: 'src/engine/temporal-engine.ts',
    find: 'if (fault) throw fault;',
    replace: '',
    tests: ['test/engine/secured.test.ts'],
  },
  {
    guard: 'nothing is started while Temporal refuses a ping',
    promise: 'P2: what Temporal lacks is said, and not what a start meets after it',
    file: 'src/dispatch/engine-watch.ts',
    find: ' && !pingRefused)',
    replace: ')',
    tests: ['test/engine/secured.test.ts'],
  },
  {
    guard: 'a query finds missing search attributes where the operator API is closed',
    promise: 'P2: they are named with the command that adds them',
    file: 'src/engine/search-attributes.ts',
    find: 'if (missing.length > 0) throw',
    replace: 'if (missing.length > 9) throw',
    tests: ['test/engine/search-attributes.test.ts'],
  },
  {
    guard: 'a key is read from its file at every use',
    promise: 'P2: a key that is replaced counts without a restart',
    file: 'src/engine/connection.ts',
    find: '      last = read();',
    replace: '',
    tests: ['test/engine/secured.test.ts'],
    only: 'a key that is replaced in its file',
  },
  {
    guard: 'a process that sees a Temporal that the queue has left hands nothing over',
    promise: 'P7: no job is started twice, in two Temporals',
    file: 'src/dispatch/engine-watch.ts',
    find: "if (left) throw met('ping', left);",
    replace: '',
    tests: ['test/engine/engine-move.test.ts'],
  },
  {
    guard: 'a move numbers all runs anew',
    promise: 'P7: what the old Temporal still has does nothing',
    file: 'src/ledger/engine/engine-move.ts',
    find: 'run_no = j.run_no + 1, handed_over_at = null',
    replace: 'handed_over_at = null',
    tests: ['test/engine/engine-move.test.ts'],
  },
  {
    guard: 'nothing is started while the queue moves',
    promise: 'P7: a move that was broken off leaves no job in either Temporal',
    file: 'src/ledger/gate.ts',
    // Where a run is claimed, and once more before it starts.
    find: 'and not ${IS_MOVING}',
    replace: '',
    everywhere: true,
    tests: ['test/engine/engine-move.test.ts'],
  },
];
