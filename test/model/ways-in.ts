import { ON_PARENT_FAILURE } from '../../src/contract/job.ts';
import type { Op } from './model.ts';

const BEGUN: readonly Op[] = [{ op: 'enqueue', receipt: 0 }, { op: 'tick' }, { op: 'begin', receipt: 0 }];
/** The same of the other receipt. */
const again = (ops: readonly Op[]) => ops.map((op): Op => ('receipt' in op ? { ...op, receipt: 1 - op.receipt } : op));
const ENDS = {
  finish: [
    { op: 'answer', receipt: 0 },
    { op: 'save', receipt: 0 },
  ],
  fail: [{ op: 'fail', receipt: 0, how: 'agent_rejected' }],
  cancel: [{ op: 'cancel', receipt: 0 }, { op: 'time passes' }, { op: 'sweep' }],
} as const satisfies Record<string, readonly Op[]>;
const TWIN: readonly Op[] = [...BEGUN, { op: 'answer as a twin', receipt: 0 }, { op: 'save', receipt: 0 }];
/** Most of what can go wrong lies behind steps that chance seldom takes in a row: sequences begin somewhere on them. */
export const WAYS_IN: readonly (readonly Op[])[] = [
  [...BEGUN, { op: 'answer', receipt: 0 }],
  // A second attempt in a second run, while the first one may still answer.
  [...BEGUN, { op: 'run lost', receipt: 0 }, { op: 'sweep' }, { op: 'worker lost' }, { op: 'begin', receipt: 0 }],
  // A further generation, whose predecessor has paid for a reply that was not saved.
  [
    ...BEGUN,
    { op: 'answer', receipt: 0 },
    { op: 'cancel', receipt: 0 },
    { op: 'retry', receipt: 0 },
    { op: 'tick' },
    { op: 'begin', receipt: 0 },
  ],
  // A reading in doubt, which a person settles, and another one of the same receipt.
  ...(['confirm review', 'reject review', 'reviews expire'] as const).map((op): Op[] => [
    ...BEGUN,
    { op: 'answer in doubt', receipt: 0 },
    { op: 'save', receipt: 0 },
    { op, receipt: 0 },
    { op: 'force', receipt: 0 },
    { op: 'tick' },
    { op: 'begin', receipt: 0 },
    { op: 'answer as a twin', receipt: 0 },
    { op: 'save', receipt: 0 },
  ]),
  // Two of the same purchase.
  [TWIN, again(TWIN)].flat(),
  // A failure, and what people do about many of them at once.
  ...(['clear', 'redrive'] as const).map((call): Op[] => [
    ...BEGUN,
    { op: 'fail', receipt: 0, how: 'agent_rejected' },
    { op: 'preview', call, receipt: 0 },
    { op: 'confirm', call, receipt: 0 },
  ]),
  [...BEGUN, { op: 'preview', call: 'cancel', receipt: 0 }, { op: 'confirm', call: 'cancel', receipt: 0 }],
  // The agent goes away under a job, and comes back.
  [
    ...BEGUN,
    { op: 'fail', receipt: 0, how: 'agent_unavailable' },
    { op: 'tick' },
    { op: 'agent comes back' },
    { op: 'tick' },
    { op: 'begin', receipt: 0 },
  ],
  // The same error of five jobs in a row.
  Array.from({ length: 5 }, (_, nth): Op[] => [
    ...(nth % 2 === 0 ? BEGUN : again(BEGUN)),
    { op: 'fail', receipt: nth % 2, how: 'agent_error' },
    { op: 'cancel', receipt: nth % 2 },
  ]).flat(),
  // A job that waits for another, which then ends in one way or the other.
  ...(['finish', 'fail', 'cancel'] as const).flatMap((end) =>
    ON_PARENT_FAILURE.map((onParentFailure): Op[] => [
      ...BEGUN,
      { op: 'enqueue after', receipt: 1, onParentFailure },
      ...ENDS[end],
      { op: 'sweep' },
      { op: 'tick' },
      { op: 'begin', receipt: 1 },
    ]),
  ),
  // One that waits for a time, under a limit that lets one of two begin.
  [
    { op: 'enqueue later', receipt: 1 },
    { op: 'cap 1' },
    { op: 'time passes' },
    { op: 'enqueue', receipt: 0 },
    { op: 'sweep' },
    { op: 'tick' },
    { op: 'begin', receipt: 1 },
    { op: 'begin', receipt: 0 },
    { op: 'cap off' },
  ],
  // What is spent holds the next job, until somebody gives more.
  [
    { op: 'budget' },
    ...BEGUN,
    ...ENDS.finish,
    { op: 'force', receipt: 0 },
    { op: 'tick' },
    { op: 'begin', receipt: 0 },
    { op: 'enqueue', receipt: 1 },
    { op: 'tick' },
    { op: 'answer', receipt: 0 },
    { op: 'begin', receipt: 1 },
    { op: 'budget off' },
  ],
  [{ op: 'schedule' }, { op: 'tick' }, { op: 'schedule' }, { op: 'begin', receipt: 0 }, { op: 'pause owner' }],
  // What failed after the preview is not what the preview has shown.
  [
    ...BEGUN,
    { op: 'fail', receipt: 0, how: 'agent_rejected' },
    { op: 'preview', call: 'clear', receipt: 0 },
    { op: 'retry', receipt: 0 },
    { op: 'tick' },
    { op: 'begin', receipt: 0 },
    { op: 'fail', receipt: 0, how: 'agent_rejected' },
    { op: 'confirm', call: 'clear', receipt: 0 },
  ],
];
