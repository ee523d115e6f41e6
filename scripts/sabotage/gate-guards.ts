import type { Sabotage } from './row.ts';

/** The guards of the gate, and of what comes out of Temporal. */
export const GATE_SABOTAGES: readonly Sabotage[] = [
  {
    guard: 'owners at their cap take nobody’s turn',
    promise: 'Q10: no owner starves the others',
    file: 'src/ledger/gate.ts',
    find: 'o.eligible + case when coalesce(e.active, 0) < $4::int then 1 else 0 end',
    replace: 'o.eligible + 1',
    tests: ['test/dispatch/admission.test.ts'],
  },
  {
    guard: 'an activity answers the job’s own workflow only',
    promise: 'I2: whoever reaches Temporal changes no job by arguments of their own',
    file: 'activities/own-run.ts',
    find: 'return workflowExecution?.workflowId === workflowIdOf(args, deps.workflowIdPrefix)',
    replace: "return workflowExecution?.workflowId !== ''",
    tests: ['test/workflows/untrusted-engine.test.ts'],
  },
];
