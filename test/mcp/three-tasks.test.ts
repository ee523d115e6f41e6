import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useHttpQueue } from '../http/support/http-queue.ts';
import { makeReceipts } from '../queue/support/money-bench.ts';
import { failed } from '../support/failed-jobs.ts';
import { connectBy, type EveryClient } from './support/every-client.ts';
import { type HandDriven, handDriven } from './support/hand-driven.ts';

/** What people ask an agent for, played by one that knows the tools and follows what their answers say. */

const server = useHttpQueue();

const PHOTOS = 'assets/receipts';
const photos = readdirSync(PHOTOS).filter((name) => name.endsWith('.jpg'));

type Shown = Readonly<Record<string, unknown>> & {
  readonly summary: string;
  readonly next?: { readonly tool: string; readonly arguments: Record<string, unknown> };
  readonly from_receipt_untrusted?: { readonly receipts?: readonly Readonly<Record<string, unknown>>[] };
};

let client: EveryClient;
let behind: HandDriven;
beforeAll(async () => {
  client = await connectBy({ kind: 'v1', over: 'stdio' }, server.current.url);
  behind = await handDriven(server.current);
});
afterAll(async () => {
  await client.close();
  await behind.close();
});

/** @throws when it is refused: none of these tasks needs a mistake */
async function call(name: string, args: Record<string, unknown> = {}): Promise<Shown> {
  const { isError = false, structuredContent } = await client.call(name, args);
  expect(isError, JSON.stringify(structuredContent)).toBe(false);
  return structuredContent as Shown;
}
function follow({ summary, next }: Shown): Promise<Shown> {
  if (!next) throw new Error(`Nothing follows on: ${summary}`);
  return call(next.tool, next.arguments);
}

describe('an agent that is asked', () => {
  it('[M2] to add a folder of photos and tell the merchants needs four calls', async () => {
    const added = await call('add_receipts', { paths: [PHOTOS] });
    expect(added).toMatchObject({ added: photos.length });
    const ids = await receiptIds();
    for (const [nth, id] of ids.entries()) await behind.read(id, { merchant_name: `Shop ${nth}` });
    await behind.dispatch.sweep();
    const ended = await follow(added);
    expect(ended).toMatchObject({ total: photos.length, progress: { finished: photos.length } });
    const found = await call('find_receipts');
    const merchants = found.from_receipt_untrusted?.receipts?.map(({ merchant }) => merchant);
    expect(merchants?.toSorted()).toEqual(ids.map((_, nth) => `Shop ${nth}`).toSorted());
  });

  it('[M2] to find out why jobs fail and to recover is led there by the answers', async () => {
    await failed(server.current.db, 3);
    const info = await call('queue_info');
    expect(info).toMatchObject({ failed_jobs: 3, failed_by: [{ error_code: 'agent_rejected', failed: 3 }] });
    const listed = await follow(info);
    const [job] = listed.jobs as { job_id: string; error_code: string }[];
    const why = await call('explain_job', { job_id: job?.job_id });
    expect(why).toMatchObject({ status: 'failed', lines: expect.arrayContaining([expect.stringContaining('failed')]) });
    const preview = await call('retry_job', { error_code: job?.error_code });
    expect(preview).toMatchObject({ would_affect: 3, summary: expect.stringContaining('Nothing was changed yet') });
    expect(await follow(preview)).toMatchObject({ total: 3 });
    await behind.dispatch.sweep();
    expect(await call('queue_info')).toMatchObject({ failed_jobs: 0, count: 3 });
  });

  it('[M9] what was spent at Lidl in April, and what is doubtful, needs one call', async () => {
    const lidl = { merchant: 'Lidl', day: '2026-04-07' };
    await makeReceipts(server.current.db, [
      { ...lidl, total: '30.99', doubtful: true },
      { ...lidl, total: '22.68' },
      { ...lidl, merchant: 'LIDL GmbH', total: '40.00' },
      { ...lidl, total: '31.50', currency: 'CHF' },
      { ...lidl, day: '2026-05-01', total: '99.00' },
      { ...lidl, merchant: 'Lid1', total: '9.00' },
    ]);
    const spent = await call('find_receipts', { merchant: 'Lidl', from: '2026-04-01', to: '2026-04-30' });
    const told = JSON.stringify(spent);
    for (const fact of ['93.67', '30.99', '31.50', 'CHF', 'Lid1']) expect(told).toContain(fact);
    expect(told).not.toContain('99.00');
  });
});

async function receiptIds(): Promise<number[]> {
  const rows = await server.current.db.query<{ id: number }>('select id from public.receipts order by id');
  return rows.map(({ id }) => id);
}
