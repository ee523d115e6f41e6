import { randomUUID } from 'node:crypto';
import { generationIdOf, ocrOf } from '../contract/job.ts';
import { enqueueAll, refusingLimit } from '../ledger/enqueue/enqueue-all.ts';
import { isOfLimit, isRefused } from '../ledger/enqueue/enqueue-rule.ts';
import { batchReceipts, refusalOf, refusedBatch, skippedOf } from './batch-receipts.ts';
import type { HandlerDeps } from './deps.ts';
import { startOf } from './later.ts';
import { overLimit } from './over-limit.ts';
import type { Handlers } from './pipeline.ts';
import type { TellLimits } from './tell-limits.ts';

const SHOWN_IDS = 1_000;

const NOTHING = { batch_id: null, total: 0, queued: 0, deduplicated: 0, skipped: [], job_ids: [] };

export function createEnqueueBatchOcr(deps: HandlerDeps, tellLimits: TellLimits): Handlers['enqueueBatchOcr'] {
  return async (input, caller) => {
    const { db } = caller;
    const { items, options: asked, notes: chosen } = await batchReceipts(deps, input, caller);
    if (items.length === 0) return NOTHING;

    const receiptIds = items.map(({ subject }) => subject);
    const { later, notes: started } = await startOf(db, input, asked, receiptIds);
    const batchId = `batch-${randomUUID()}`;
    const options = { ...asked, priority: input.priority ?? 'default', later };
    const entries = await enqueueAll(db, 'ocr', items, {
      ...options,
      batchId,
      traceparent: deps.telemetry?.tracing.current(),
      // What somebody named must be right; of what is pending, one bad row holds up no other.
      partial: input.pending === true,
    });

    const refused = entries.filter(isRefused).map(({ subject, verdict }) => refusalOf(subject, verdict));
    const [first, ...others] = refused;
    if (first && !input.pending) {
      const refusing = isOfLimit(first.code) ? await refusingLimit(db, 'ocr', items, options) : undefined;
      throw refusing ? overLimit(refusing) : refusedBatch(input, entries.length, [first, ...others]);
    }

    const notes = [...chosen, ...started];
    const accepted = refused.length === 0 ? entries : entries.filter((entry) => !isRefused(entry));
    const skipped = skippedOf(refused);
    if (accepted.length === 0) return { ...NOTHING, skipped, ...(chosen.length > 0 ? { notes: [...chosen] } : {}) };
    const queued = accepted.filter((entry) => entry.verdict === 'new').length;
    await tellLimits(caller, options.userId);
    deps.notifier.changed(
      accepted.map((entry) => entry.subject),
      { gate: true },
    );
    return {
      batch_id: batchId,
      total: accepted.length,
      queued,
      deduplicated: accepted.length - queued,
      skipped,
      job_ids: accepted
        .slice(0, SHOWN_IDS)
        .map((entry) => generationIdOf({ ...ocrOf(entry.subject), generation: entry.generation ?? 1 })),
      ...(notes.length > 0 ? { notes } : {}),
    };
  };
}
