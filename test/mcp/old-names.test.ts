import { beforeEach, describe, expect, it } from 'vitest';
import { tools } from '../../mcp/tools/index.ts';
import { addReceipts } from '../support/db.ts';
import { failed } from '../support/failed-jobs.ts';
import { clearJobs, useGate } from '../support/gate.ts';
import { connectTo, WAYS } from './support/ledger-clients.ts';

const bench = useGate();
beforeEach(() => clearJobs(bench.db));

describe('a tool under the name that it had', () => {
  it.each(WAYS)('[M2] is called and not listed, for $kind over $over', async (way) => {
    const [receipt_id = 0, other = 0] = await addReceipts(bench.db, 2);
    const client = await connectTo(bench, way);
    const names = (await client.listTools()).map(({ name }) => name);
    expect(names).toEqual(tools.map(({ name }) => name));
    const queued = await client.call('enqueue_batch_ocr', { receipt_ids: [receipt_id, other] });
    expect(queued.structured).toMatchObject({ total: 2, queued: 2, next: { tool: 'get_job_status' } });
    const job_id = `ocr-${receipt_id}`;
    for (const [name, args] of [
      ['wait_for_jobs', { job_ids: [job_id], until: 'any', wait_seconds: 0 }],
      ['wait_for_jobs', { job_ids: job_id }],
      ['get_result', { job_id }],
    ] as const) {
      expect((await client.call(name, args)).structured).toMatchObject({ job_id, status: 'queued' });
    }
    const batch_id = queued.structured.batch_id;
    expect((await client.call('wait_for_jobs', { batch_id })).structured).toMatchObject({ batch_id, total: 2 });
    const two = await client.call('wait_for_jobs', { job_ids: [job_id, `ocr-${other}`] });
    expect(two.structured).toMatchObject({ code: 'invalid_argument', fields: ['job_id'] });
    await failed(bench.db, 2);
    expect((await client.call('redrive_failed_jobs', { error_code: 'agent_rejected' })).structured).toMatchObject({
      would_affect: 2,
      next: { tool: 'retry_job', arguments: { confirm_token: expect.any(String) } },
    });
    expect((await client.call('constructor')).structured).toMatchObject({ code: 'tool_not_found' });
  });
});
