import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emptyLedger } from '../support/failed-jobs.ts';
import { beatAs, useGate } from '../support/gate.ts';
import { readingsOf } from '../support/readings.ts';
import { officialFile, runOfficial } from './support/official.ts';
import { serveTaskFixtures } from './support/task-fixtures.ts';

const bench = useGate();
const readings = readingsOf(bench);

let fixtures: Awaited<ReturnType<typeof serveTaskFixtures>>;
beforeAll(async () => {
  await emptyLedger(bench.db);
  await beatAs(bench.db, 'w1', 50);
  fixtures = await serveTaskFixtures(bench, readings);
});
afterAll(() => fixtures.close());

/** Those that ask nothing but what a queue without questions does. */
const SCENARIOS = [
  'tasks-lifecycle',
  'tasks-capability-negotiation',
  'tasks-wire-fields',
  'tasks-request-state-removal',
  'tasks-request-headers',
  'tasks-dispatch-and-envelope',
];

describe('the official scenarios of tasks, over the queue’s own', () => {
  it.each(SCENARIOS)('[M3] pass: %s', async (scenario) => {
    const { exitCode, stdout, stderr } = await runOfficial('conformance', [
      'server',
      '--url',
      fixtures.url,
      '--scenario',
      scenario,
      '--expected-failures',
      officialFile('baseline-tasks.yml'),
    ]);
    expect(exitCode, stdout + stderr).toBe(0);
    expect(fixtures.faults).toEqual([]);
  });
});
