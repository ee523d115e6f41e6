import { expect, it } from 'vitest';
import { tools } from '../../mcp/tools/index.ts';
import { callsOf } from './support/tool-arguments.ts';
import { callOnWire } from './support/wire.ts';
import { INJECTED, useWorld } from './support/world.ts';

const world = useWorld();

/** A row of a list has room for no more of a name. */
const BEGINNING = INJECTED.slice(0, 30);

/** Jobs, receipts and what was begun over many, as they stand. */
async function ledger(): Promise<unknown> {
  const { db } = world.current;
  return Promise.all([
    db.query('select job_no, status, phase, cleared_at, superseded, batch_id from pantry_queue.jobs order by job_no'),
    db.query('select id, merchant_name, total_amount, ocr_status from public.receipts order by id'),
    db.query('select id, kind, job_no from pantry_queue.events order by xid, id'),
    db.query('select bulk_no from pantry_queue.bulks'),
  ]);
}

it('[M4] an order to clear all jobs that is printed on a receipt changes nothing, whichever tool reads it', async () => {
  const before = await ledger();
  const told: string[] = [];
  for (const tool of tools.filter(({ effect }) => effect === 'read')) {
    for (const args of [...callsOf(tool), {}]) {
      const params = { name: tool.name, arguments: args };
      const { structured } = await callOnWire({ url: `${world.current.url}/mcp`, fetch }, params);
      if (JSON.stringify(structured).includes(BEGINNING)) told.push(tool.name);
    }
  }
  expect(told).toEqual(expect.arrayContaining(['get_receipt', 'find_receipts', 'get_job_status']));
  expect(await ledger()).toEqual(before);
});
