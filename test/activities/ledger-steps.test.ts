import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { expect, it } from 'vitest';
import { asLedgerStep } from '../../activities/failure.ts';
import { AppError } from '../../src/contract/errors.ts';
import { LEDGER_STEP } from '../../src/contract/policies.ts';
import { firstRunOf } from '../support/run.ts';
import { QUIET } from './support/attempts.ts';

const run = firstRunOf(17, 'l');
const away = () => new AppError('ledger_unavailable', 'The database does not answer.');
const ours = () => new TypeError('x is undefined');

/** What Temporal hears of a step that fails so, and the lines that the log has then. */
async function failed(error: Error, { attempt = 1, isLocal = false, endless = false } = {}) {
  const lines: object[] = [];
  const warn = (fields: object) => void lines.push(fields);
  const env = new MockActivityEnvironment({ attempt, isLocal }, { logger: QUIET });
  const step = () =>
    asLedgerStep({ info: warn, warn, error: warn }, { name: 'save', run, endless }, () => Promise.reject(error));
  const failure = await env.run(step).catch((thrown: unknown) => thrown);
  if (!(failure instanceof ApplicationFailure)) throw failure;
  return { type: failure.type, isFinal: failure.nonRetryable === true, lines };
}

it('[I1] a step of a ledger that is away is never given up, no matter who asks and however often it failed', async () => {
  for (const attempt of [1, 2, 3, 30, 30_000]) {
    for (const isLocal of [true, false]) {
      expect(await failed(away(), { attempt, isLocal })).toMatchObject({ type: 'ledger_unavailable', isFinal: false });
    }
  }
});

it('[I5] a step that fails by a fault of our own is given up after a few tries in Temporal', async () => {
  const isFinal = async (attempt: number, more = {}) => (await failed(ours(), { attempt, ...more })).isFinal;
  expect(await isFinal(LEDGER_STEP.ownTries - 1)).toBe(false);
  expect(await isFinal(LEDGER_STEP.ownTries)).toBe(true);
  expect(await isFinal(LEDGER_STEP.ownTries + 1)).toBe(true);
  // Local tries are bounded by the workflow, and the end of a job is written sooner or later.
  expect(await isFinal(LEDGER_STEP.ownTries, { isLocal: true })).toBe(false);
  expect(await isFinal(LEDGER_STEP.ownTries, { endless: true })).toBe(false);
});

it('[I5] a result that the database refuses for good is given up at once', async () => {
  const refused = new AppError('result_not_storable', 'The database refuses the result.');
  for (const isLocal of [true, false]) {
    expect(await failed(refused, { isLocal })).toMatchObject({ type: 'result_not_storable', isFinal: true });
  }
});

it('[I11] an outage of days is told to the log at its second try and then at every tenth', async () => {
  const told: number[] = [];
  for (let attempt = 1; attempt <= 40; attempt++) {
    if ((await failed(away(), { attempt })).lines.length > 0) told.push(attempt);
  }
  expect(told).toEqual([2, 10, 20, 30, 40]);
});
