import { afterAll, beforeAll, expect, it } from 'vitest';
import { AppError } from '../../src/contract/errors.ts';
import { OCR_WORKFLOW } from '../../src/contract/names.ts';
import { addReceipts } from '../support/db.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { asOwner } from '../support/owner.ts';

let queue: Installation;
/** Temporal takes no cancels while this is set: the command stays in the ledger. */
let held = false;
let refused = 0;

beforeAll(async () => {
  queue = await createInstallation({
    wrap: {
      db: (db) => db,
      engine: (engine) => ({
        ...engine,
        async cancel(run) {
          if (!held) return engine.cancel(run);
          refused++;
          throw new AppError('engine_unavailable', 'Temporal takes no cancels now.');
        },
      }),
    },
  });
});
afterAll(() => queue.dispose());

/** What has become of the run before its cancel arrives. */
const ENDS = ['terminated', 'deleted', 'started without an answer, and terminated'] as const;

it.each(ENDS)('[Q7] a cancel of a run that was %s leaves the newer run of the same workflow id alone', async (end) => {
  held = true;
  refused = 0;
  const [id = 0] = await addReceipts(queue.db, 1);
  const job = await queue.queue.enqueueOcr({ receipt_id: id }, asOwner);
  await queue.dispatch.tick();
  await queue.queue.cancelJob({ job_id: job.job_id }, asOwner);
  await queue.dispatch.tick();
  expect(refused).toBe(1);

  const { workflow, workflowService, options } = queue.client;
  const older = workflow.getHandle(job.workflow_id);
  const { runId } = await older.describe();
  if (end === 'deleted') {
    await workflowService.deleteWorkflowExecution({
      namespace: options.namespace,
      workflowExecution: { workflowId: job.workflow_id, runId },
    });
  } else await older.terminate('by hand');
  await expect
    .poll(() =>
      older.describe().then(
        ({ status }) => status.name,
        () => 'GONE',
      ),
    )
    .not.toBe('RUNNING');
  const newer = await workflow.start(OCR_WORKFLOW, {
    workflowId: job.workflow_id,
    taskQueue: 'nobody-works-here',
    args: [],
  });

  held = false;
  const confirmed = !end.startsWith('started');
  await queue.db.query(
    `update pantry_queue.commands set next_try_at = now(),
         engine_run_id = case when $1 then engine_run_id end where done_at is null`,
    [confirmed],
  );
  await queue.dispatch.tick();
  const [open] = await queue.db.query('select count(*)::int as n from pantry_queue.commands where done_at is null');
  expect(open).toEqual({ n: 0 });
  const { events } = await newer.fetchHistory();
  // The event of a requested cancel.
  expect(events?.map((event) => event.eventType)).not.toContain(20);
  expect((await newer.describe()).status.name).toBe('RUNNING');
  await newer.terminate();
});
