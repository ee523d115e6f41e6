import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GATE } from '../../src/contract/policies.ts';
import type { Cap } from '../../src/ledger/caps.ts';
import type { WaitFacts } from '../../src/ledger/insight/wait-facts.ts';
import type { JobRow } from '../../src/ledger/job-row.ts';
import { waitingFor } from '../../src/words/waiting-for.ts';

const AT = '2026-11-24T08:00:00.000Z';
const WINDOW = 4;
const CAP: Cap = { in_flight: 2, user_id: 3, kind: 'ocr', reason: 'made up', set_by: null, since: AT, note: null };

/** Each cause that can hold up a job, with what the sentence must say; those that come first explain the others. */
const CAUSES = {
  readOnly: /read-only/,
  paused: /to be resumed: user 7 paused it/,
  engineDown: /^Temporal, which cannot be reached since 2026/,
  engineMisconfigured: /^Temporal, which refuses this program/,
  stuck: /^a person: saving its result has failed 9 times since/,
  replied: /result to be saved/,
  notHandedOver: /^Temporal to take it/,
  noWorker: /^a worker: none is running/,
  noWorkflows: /^a worker that runs workflows: none is running .*--role workflow/,
  agentDown: /OCR agent to recover: it does not take jobs since 2026/,
  windowFull: /16 jobs are open there, 3 of them paused there by a person/,
  capped: /^a place under a limit: ocr jobs of user 3 may have 2 in flight \(made up, since 2026/,
} as const;
type Cause = keyof typeof CAUSES;
const ORDER = Object.keys(CAUSES) as Cause[];

/** Which of them a job in this phase can wait for. */
const OF_PHASE: Readonly<Record<'admission' | 'worker', readonly Cause[]>> = {
  admission: ORDER.filter((cause) => !['stuck', 'replied', 'notHandedOver'].includes(cause)),
  worker: ORDER.filter((cause) => !['windowFull', 'capped'].includes(cause)),
};

function rowWith(causes: ReadonlySet<Cause>, phase: string): JobRow {
  const wait: WaitFacts = {
    read_only: causes.has('readOnly'),
    engine: causes.has('engineDown') ? 'down' : causes.has('engineMisconfigured') ? 'misconfigured' : 'ok',
    engine_since: AT,
    agent: causes.has('agentDown') ? 'down' : 'ok',
    agent_since: AT,
    agent_slots: causes.has('noWorker') ? 0 : 2,
    avg_run_ms: null,
    ahead: phase === 'admission' ? 0 : null,
    parents: null,
    workflow_workers: causes.has('noWorker') || causes.has('noWorkflows') ? 0 : 1,
    window_size: WINDOW,
    open_jobs: causes.has('windowFull') ? WINDOW * GATE.openPerWindow : 1,
    paused_jobs: causes.has('windowFull') ? 3 : 0,
    backoff_jobs: 0,
    cap: causes.has('paused')
      ? { ...CAP, in_flight: 0, reason: 'queue_paused', set_by: 'user 7' }
      : causes.has('capped')
        ? CAP
        : null,
    handed_over: !causes.has('notHandedOver'),
    replied: causes.has('replied'),
    stuck: causes.has('stuck') ? 'saving its result has failed 9 times' : null,
    stuck_since: AT,
  };
  const row: Partial<JobRow> = {
    wait,
    phase: phase as JobRow['phase'],
    next_attempt_at: null,
    error_code: null,
    run_at: null,
  };
  return row as JobRow;
}

describe.each(['admission', 'worker'] as const)('[Q4] a job that is queued for %s', (phase) => {
  it('names the first real cause of any that hold it up, and its turn or a worker only when there is none', () => {
    fc.assert(
      fc.property(fc.subarray([...OF_PHASE[phase]]), (chosen) => {
        const causes = new Set(chosen);
        const said = waitingFor(rowWith(causes, phase), 'queued', phase);
        const first = ORDER.find((cause) => causes.has(cause));
        if (first) expect(said).toMatch(CAUSES[first]);
        else expect(said).toBe(phase === 'worker' ? 'a free worker' : 'its turn: it is next of its owner');
      }),
      { numRuns: 500 },
    );
  });
});

it('[W2] a job that waits says which half of a worker is missing', () => {
  const { wait, ...rest } = rowWith(new Set(), 'worker');
  const row: JobRow = { ...rest, wait: wait && { ...wait, agent_slots: 0 } };
  expect(waitingFor(row, 'queued', 'worker')).toBe(
    'a worker that calls the agent: none is running (start one with: pantry-queue worker --role agent)',
  );
});

describe('[Q4] a job that is deferred', () => {
  const at = new Date('2026-11-24T09:00:00.000Z');
  const say = (phase: JobRow['phase'], changes: Partial<JobRow> = {}, causes: Cause[] = []) =>
    waitingFor({ ...rowWith(new Set(causes), phase ?? ''), next_attempt_at: at, ...changes }, 'deferred', phase);

  it('says since when and why the agent takes no jobs', () => {
    const heldBy = (reason: string) => {
      const cap: Cap = { ...CAP, in_flight: 0, user_id: null, kind: null, reason };
      const { wait, ...row } = rowWith(new Set(), 'parked');
      return waitingFor({ ...row, wait: wait && { ...wait, cap } }, 'deferred', 'parked');
    };
    const since = 'since 2026-11-24T08:00:00.000Z';
    expect(heldBy('agent_unreachable')).toBe(`the OCR agent to recover: it cannot be reached ${since}`);
    expect(heldBy('agent_rate_limited')).toBe(`the OCR agent, which has asked to wait ${since}`);
    expect(heldBy('same_error')).toBe(`the OCR agent to recover: it fails every job in the same way ${since}`);
    expect(say('parked')).toBe('its turn: the OCR agent is being tried again');
  });

  it('says when a job that failed is tried again', () => {
    expect(say('backoff', { error_code: 'agent_error' })).toBe('the next attempt at 2026-11-24T09:00:00.000Z');
  });

  it('tells a person’s pause in Temporal from one of the queue', () => {
    expect(say('paused', { next_attempt_at: null })).toBe('a person to unpause it in Temporal');
    expect(say('paused', {}, ['paused'])).toMatch(/queue to be resumed/);
  });
});
