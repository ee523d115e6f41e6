import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { temporal } from '@temporalio/proto';
import { expect, it, onTestFinished } from 'vitest';
import { ensureArtifact } from '#artifacts';
import { type ScriptedAgent, scriptedAgent } from '../support/agent.ts';
import { addReceipts } from '../support/db.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { asOwner } from '../support/owner.ts';

/**
 * What docs/upgrade.md tells the operator to call: the new build must poll both task queues before it may be current.
 * Resolves once every part of Temporal that hands out tasks has heard of it.
 */
async function makeCurrent({ settings, client }: Installation, buildId: string): Promise<void> {
  const program = await ensureArtifact('temporal-cli');
  const which = ['--deployment-name', settings.queueName, '--build-id', buildId, '--yes'];
  const where = ['--address', settings.engine.address, '--namespace', settings.engine.namespace];
  await expect
    .poll(
      () =>
        promisify(execFile)(program, ['worker', 'deployment', 'set-current-version', ...which, ...where]).then(
          () => 'current',
          (error: { stderr: string }) => error.stderr,
        ),
      { timeout: 40_000, interval: 250 },
    )
    .toBe('current');
  const { namespace } = settings.engine;
  const told = () => client.workflowService.describeWorkerDeployment({ namespace, deploymentName: settings.queueName });
  await expect
    .poll(async () => (await told()).workerDeploymentInfo?.routingConfigUpdateState, { timeout: 40_000, interval: 250 })
    .toBe(RoutingConfigUpdateState.ROUTING_CONFIG_UPDATE_STATE_COMPLETED);
}

const { RoutingConfigUpdateState } = temporal.api.enums.v1;
const JOBS = 8;
const SLOTS = 2;

it('[W7] jobs in flight end once and are paid once while build b of the workers takes over from build a, and back', async () => {
  const queue = await createInstallation();
  onTestFinished(() => queue.dispose());
  const build = (id: string) => ({
    workerBuild: { deployment: queue.settings.queueName, id },
    workerName: `of-${id}`,
    agentSlots: SLOTS,
    shutdownGraceMs: 60_000,
  });
  const ids = await addReceipts(queue.db, JOBS);
  const old: ScriptedAgent = scriptedAgent();
  const a = await queue.work(old, build('a'));
  await makeCurrent(queue, 'a');
  await queue.queue.enqueueBatchOcr({ receipt_ids: ids }, asOwner);
  const inFlight = [await old.nextCall(), await old.nextCall()];

  const fresh = scriptedAgent((call) => call.reply());
  const b = await queue.work(fresh, build('b'));
  await makeCurrent(queue, 'b');
  // Whatever waits goes on with b while a still reads what it has begun.
  const others = ids.filter((id) => inFlight.every(({ receiptId }) => receiptId !== id));
  for (const id of others) await queue.waitFor(`ocr-${id}`, ({ status }) => status === 'finished');
  const stopped = a.stop();
  for (const call of inFlight) call.reply();
  await stopped;
  for (const id of ids) {
    expect(await queue.waitFor(`ocr-${id}`, ({ status }) => status === 'finished')).toMatchObject({ attempts: 1 });
  }
  expect(old.calls).toHaveLength(SLOTS);
  expect(fresh.calls).toHaveLength(JOBS - SLOTS);
  expect((await queue.queue.listWorkers({}, asOwner)).workers).toMatchObject([{ name: 'of-b', build_id: 'b' }]);
  for (const { receiptId } of inFlight) {
    const run = await queue.client.workflow.getHandle(`${queue.settings.workflowIdPrefix}ocr-${receiptId}`).describe();
    expect(run.raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion).toMatchObject({ buildId: 'b' });
  }

  // Back to build a: what b has accepted goes on there.
  const [waiting = 0] = await addReceipts(queue.db, 1);
  const back = scriptedAgent((call) => call.reply());
  await queue.work(back, build('a'));
  await makeCurrent(queue, 'a');
  await b.stop();
  await queue.queue.enqueueOcr({ receipt_id: waiting }, asOwner);
  await queue.waitFor(`ocr-${waiting}`, ({ status }) => status === 'finished');
  expect([back.calls.length, fresh.calls.length]).toEqual([1, JOBS - SLOTS]);
});
