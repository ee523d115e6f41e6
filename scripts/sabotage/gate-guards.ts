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
  {
    guard: 'a call that Temporal has lost goes on',
    promise: 'I16: a reading that is paid is not thrown away',
    file: 'activities/call-agent.ts',
    find: 'if (why?.notFound || why?.timedOut) {',
    replace: 'if (why?.notFound && why.timedOut) {',
    tests: ['test/activities/cancellation.test.ts'],
  },
  {
    guard: 'the stop of a worker is no attempt of the agent',
    promise: 'I10: a deployment costs no job an attempt',
    file: 'activities/call-agent.ts',
    find: 'message: error.message, charged: false }',
    replace: 'message: error.message, charged: true }',
    tests: ['test/activities/cancellation.test.ts'],
  },
  {
    guard: 'a call that was canceled stays canceled',
    promise: 'Q7: a cancel aborts the call and ends the job',
    file: 'activities/call-agent.ts',
    find: "if (why?.cancelRequested) throw new CancelledFailure('the job was canceled');",
    replace: '',
    tests: ['test/activities/cancellation.test.ts'],
  },
];
