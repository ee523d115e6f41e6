import { AppError } from '../contract/errors.ts';
import type { OutputOf } from '../contract/queue-api.ts';
import { LATELY_S } from '../ledger/batches/batch-members.ts';
import { type BatchRow, type CountedBatch, listBatches, readCountedBatch } from '../ledger/batches/batches.ts';
import type { Cursors } from './cursors.ts';
import { listPage } from './list-page.ts';
import type { Handlers } from './pipeline.ts';

export const getBatch: Handlers['getBatch'] = async ({ batch_id }, { db, tenant, userId }) => {
  const row = await readCountedBatch(db, { tenant, userId }, batch_id);
  if (!row) throw noSuchBatch(batch_id);
  return batchView(row);
};

export function createListBatches(cursors: Cursors): Handlers['listBatches'] {
  return async (asked, { db, tenant, userId }) => {
    const { rows: batches, next_cursor } = await listPage(cursors, asked, {
      list: ['list_batches', tenant, userId ?? null, asked.schedule ?? null],
      read: (page) => listBatches(db, { tenant, userId, schedule: asked.schedule, ...page }),
      view: summaryOf,
      keyOf: ({ batch_no }) => [batch_no],
    });
    return { batches, next_cursor };
  };
}

export function batchView(row: CountedBatch): OutputOf<'getBatch'> {
  const { finished, failed, canceled, running, deferred, waiting, gone } = row;
  const rate = rateOf(row);
  return {
    ...summaryOf(row),
    progress: { finished, failed, canceled, running, deferred, waiting, gone },
    cleared: row.cleared,
    paid_calls: row.paid_calls,
    costs: row.costs,
    rate_per_minute: Math.round(rate * 10) / 10,
    eta_s: etaOf(row, rate),
  };
}

function summaryOf(row: BatchRow): OutputOf<'listBatches'>['batches'][number] {
  const { batch_id, user_id, total, schedule, queued, created_at, ended_at, ended_as } = row;
  return {
    batch_id,
    user_id,
    total,
    schedule,
    queued,
    deduplicated: total - queued,
    created_at: created_at.toISOString(),
    ended_at: ended_at?.toISOString() ?? null,
    ended_as,
  };
}

/** A batch that has just begun has lived at least this long: its first member tells nothing of a rate. */
const MIN_LIFE_S = 1;

function rateOf({ created_at, ended_at, ended_since, ended_lately, now }: CountedBatch): number {
  const lifeS = Math.max(MIN_LIFE_S, ((ended_at ?? now).getTime() - created_at.getTime()) / 1_000);
  return ended_at ? (ended_since / lifeS) * 60 : (ended_lately / Math.min(lifeS, LATELY_S)) * 60;
}

/** By its rate, and not before the last time that a member waits for; null where nobody can tell. */
function etaOf({ live, untimed, held, not_before, now }: CountedBatch, rate: number): number | null {
  if (live === 0 || rate === 0 || untimed > 0 || held) return null;
  const waitsS = not_before === null ? 0 : (not_before.getTime() - now.getTime()) / 1_000;
  return Math.ceil(Math.max((live / rate) * 60, waitsS));
}

/** Of somebody else it is answered like one that does not exist. */
export function noSuchBatch(batchId: string): AppError {
  const message = `There is no batch "${batchId.replace(/[^\x20-\x7e]/g, '?')}".`;
  return new AppError('batch_not_found', message, {
    fields: [{ pointer: '/batch_id', code: 'batch_not_found', message }],
  });
}
