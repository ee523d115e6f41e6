import type { QueueApi } from '../../src/contract/queue-api.ts';
import { asOwner } from '../support/owner.ts';
import type { BulkCall, BulkOp } from './bulks.ts';

const CALLS = { clear: 'clearFailedJobs', redrive: 'redriveFailedJobs', cancel: 'cancelJobs' } as const;

/** Calls over many jobs, each about one receipt of the sequence; with the newest token of every call. */
export function createRealBulks(queue: QueueApi, receiptIds: readonly number[]) {
  const tokens = new Map<string, string>();
  const clearings = new Map<number, string>();

  async function preview(call: BulkCall, receiptId: number): Promise<string> {
    const told = await queue[CALLS[call]]({ receipt_id: receiptId }, asOwner);
    tokens.set(`${call} ${receiptId}`, told.confirm_token ?? '');
    return String(told.would_affect);
  }

  async function confirm(call: BulkCall, receiptId: number): Promise<string> {
    const confirm_token = tokens.get(`${call} ${receiptId}`);
    if (confirm_token === undefined) return 'no preview';
    const { bulk } = await queue[CALLS[call]]({ confirm_token }, asOwner);
    if (!bulk) throw new Error('a confirmation has answered without a bulk');
    const { bulk_id, total, done, skipped, failed, remaining, state } = bulk;
    if (done + skipped + failed + remaining !== total) throw new Error(`the parts of ${bulk_id} do not add up`);
    if (call === 'clear') clearings.set(receiptId, bulk_id);
    if (total === 0) return 'nothing';
    return state === 'running' ? 'waits' : done === 1 ? 'done' : 'skipped';
  }

  return async function perform(op: BulkOp): Promise<string> {
    const receiptId = receiptIds[op.receipt] ?? 0;
    switch (op.op) {
      case 'preview':
        return preview(op.call, receiptId);
      case 'confirm':
        return confirm(op.call, receiptId);
      case 'restore': {
        const bulk_id = clearings.get(receiptId);
        if (bulk_id === undefined) return 'no clearing';
        return String((await queue.restoreFailedJobs({ bulk_id }, asOwner)).restored);
      }
    }
  };
}
