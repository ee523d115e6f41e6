import { describe, expect, it } from 'vitest';
import { tools } from '../../mcp/tools/index.ts';
import type { Principal } from '../../src/contract/principal.ts';
import { addReceipts } from '../support/db.ts';
import { useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';
import { connectTo, WAYS } from './support/ledger-clients.ts';

const bench = useGate();
const READS = tools.filter(({ effect }) => effect === 'read').map(({ name }) => name);
const WRITES = tools.filter(({ effect }) => effect !== 'read').map(({ name }) => name);
const reader: Principal = { ...asOwner.principal, scopes: new Set(['jobs:read'] as const) };

describe('a door that is for reading', () => {
  const doors = WAYS.flatMap((way) => [
    { way, why: 'whose key may only read', as: { principal: reader } },
    ...(way.over === 'stdio' ? [{ way, why: 'that was opened with --read-only', as: { readOnly: true } }] : []),
  ]);

  it.each(doors)(
    '[M2] lists the tools that read, and knows no other, for $way.kind over $way.over $why',
    async ({ way, as }) => {
      const [receipt_id = 0] = await addReceipts(bench.db, 1);
      const client = await connectTo(bench, way, as);
      expect((await client.listTools()).map(({ name }) => name)).toEqual(READS);
      expect(client.instructions).toContain('Here you can only look');
      expect(await client.ask('prompts/list')).toMatchObject({ prompts: [{ name: 'month_report' }] });
      const writing = client.ask('prompts/get', { name: 'triage_failed_jobs' });
      await expect(writing).rejects.toMatchObject({
        code: -32602,
        message: expect.stringMatching(/ Prompts: month_report\.$/),
      });
      expect((await client.call('get_receipt', { receipt_id })).structured).toMatchObject({ receipt_id });
      for (const name of [...WRITES, 'enqueue_batch_ocr']) {
        const { structured, says } = await client.call(name, { receipt_id });
        expect(structured, name).toMatchObject({ code: 'tool_not_found' });
        expect(says).toContain(`Tools: ${READS.join(', ')}.`);
      }
      expect(await bench.db.query('select from pantry_queue.jobs where subject = $1', [receipt_id])).toEqual([]);
    },
  );
});
