import { afterAll, beforeAll, expect, it } from 'vitest';
import { COST_MODEL, countJob, type JobCost, MAX_NOTIFICATIONS } from '../../bench/queue/cost-model.ts';
import { createInstallation, type Installation } from '../support/installation.ts';

let installation: Installation;
let cost: JobCost;
beforeAll(async () => {
  installation = await createInstallation();
  cost = await countJob(installation, installation.settings);
});
afterAll(() => installation.dispose());

it('sends the statements of the cost model for a healthy job, each as often as it says, and no other', () => {
  expect(cost.unknown).toEqual([]);
  expect(cost.steps).toEqual(Object.fromEntries(COST_MODEL.map(({ step, count }) => [step, count])));
});

it('tells of a job at most once a change', () => {
  expect(cost.notifications).toBeGreaterThan(0);
  expect(cost.notifications).toBeLessThanOrEqual(MAX_NOTIFICATIONS);
});

it('leaves 13 events in the history of a healthy job', () => {
  expect(cost.historyEvents).toBe(13);
});
