import { beforeEach, describe, expect, it } from 'vitest';
import type { InputOf } from '../../src/contract/queue-api.ts';
import { addReceipts } from '../support/db.ts';
import { capOf, clearJobs, useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';

const bench = useGate();
beforeEach(() => clearJobs(bench.db));

const setCap = (input: InputOf<'setCap'>) => bench.queue.setCap(input, asOwner);
const enqueue = (receiptId: number) => bench.queue.enqueueOcr({ receipt_id: receiptId }, asOwner);

describe('[Q11] set_cap and list_caps', () => {
  it('[Q11] a number that is not named stays, null removes one, and the last one removes the limit', async () => {
    const of = { user_id: 7, kind: null, reason: 'limit', set_by: 'user 1' };
    expect(await setCap({ user_id: 7, in_flight: 0, queued: 5, note: 'trial' })).toMatchObject({
      cap: { ...of, in_flight: 0, queued: 5, per_minute: null, note: 'trial' },
      changed: true,
    });
    expect(await setCap({ user_id: 7, queued: 5 })).toMatchObject({ changed: false });
    expect(await setCap({ user_id: 7, in_flight: null, per_minute: 3 })).toMatchObject({
      cap: { ...of, in_flight: null, queued: 5, per_minute: 3, note: 'trial' },
    });
    expect(await setCap({ user_id: 7, queued: null, per_minute: null })).toEqual({ cap: null, changed: true });
    expect(await setCap({ user_id: 7, queued: null })).toEqual({ cap: null, changed: false });
    expect(await bench.queue.listCaps({}, asOwner)).toEqual({ caps: [], next_cursor: null });
  });

  it('[Q11] changes no limit of another reason, and lists all with who set them', async () => {
    await bench.queue.pauseQueue({ user_id: 7, reason: 'holiday' }, asOwner);
    await capOf(bench.db, { in_flight: 3, reason: 'budget_exhausted', tenant_id: 'other' });
    await setCap({ user_id: 7, in_flight: 4 });
    expect(await setCap({ user_id: 7, in_flight: null })).toEqual({ cap: null, changed: true });
    await setCap({ kind: 'ocr', in_flight: 4 });
    const first = await bench.queue.listCaps({ limit: 1 }, asOwner);
    const second = await bench.queue.listCaps({ limit: 1, cursor: first.next_cursor ?? '' }, asOwner);
    expect([...first.caps, ...second.caps]).toMatchObject([
      { user_id: 7, in_flight: 0, reason: 'owner_paused', note: 'holiday', set_by: 'user 1' },
      { user_id: null, kind: 'ocr', in_flight: 4, reason: 'limit', set_by: 'user 1' },
    ]);
    expect(second.next_cursor).toBeNull();
    expect((await bench.queue.listCaps({ user_id: 7 }, asOwner)).caps).toHaveLength(1);
  });

  it('[Q11] refuses a call without a number, an unknown kind, and waiting jobs of one kind', async () => {
    for (const [input, pointer] of [
      [{ user_id: 7 }, '/in_flight'],
      [{ kind: 'orc', in_flight: 1 }, '/kind'],
      [{ kind: 'ocr', queued: 1 }, '/queued'],
      [{ queued: -1 }, '/queued'],
      [{ per_minute: 1_000_001 }, '/per_minute'],
      [{ in_flight: 2 ** 53 }, '/in_flight'],
    ] as const) {
      await expect(setCap(input)).rejects.toMatchObject({ code: 'invalid_argument', fields: [{ pointer }] });
    }
    expect((await bench.queue.listCaps({}, asOwner)).caps).toEqual([]);
  });

  it('[Q11] is for operators only', async () => {
    const user = { principal: { ...asOwner.principal, scopes: new Set(['jobs:read', 'jobs:write'] as const) } };
    await expect(bench.queue.setCap({ queued: 1 }, user)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(bench.queue.listCaps({}, user)).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('[Q11] a tenant sees and changes only its own limits', async () => {
    const other = { principal: { ...asOwner.principal, tenant: 'other' } };
    await setCap({ user_id: 1, queued: 5 });
    expect((await bench.queue.listCaps({}, other)).caps).toEqual([]);
    expect(await bench.queue.setCap({ user_id: 1, queued: null }, other)).toEqual({ cap: null, changed: false });
    expect((await bench.queue.listCaps({}, asOwner)).caps).toMatchObject([{ queued: 5 }]);
  });

  it('[Q11] queue_info shows a user the limits that hold for them, and what is used', async () => {
    const receipts = await addReceipts(bench.db, 2, 1);
    await setCap({ user_id: 1, queued: 5, per_minute: 9 });
    await setCap({ in_flight: 3 });
    await setCap({ user_id: 2, queued: 1 });
    await Promise.all(receipts.map(enqueue));
    const { limits } = await bench.queue.queueInfo({ user_id: 1 }, asOwner);
    expect(limits).toMatchObject([
      { user_id: null, in_flight: { limit: 3, used: 0 }, queued: null, per_minute: null },
      { user_id: 1, in_flight: null, queued: { limit: 5, used: 2 }, per_minute: { limit: 9, used: 2 } },
    ]);
  });
});
