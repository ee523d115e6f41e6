import type { OcrReceiptArgs } from '../src/contract/job.ts';
import { saveResult, type Written } from '../src/ledger/results.ts';
import type { ActivityDeps } from './deps.ts';
import { asLedgerStep } from './failure.ts';

/** Saves the stored reply: receipt, items, job, event and counter in one fenced transaction. */
export function createSaveResult(deps: ActivityDeps) {
  return (args: OcrReceiptArgs): Promise<Written> =>
    asLedgerStep(async () => {
      const written = await saveResult(deps.db, args, deps.defaultCurrency);
      if (written.current) {
        deps.notifier.changed([args.receiptId], { gate: true });
        deps.log.info({ job_id: args.jobId, generation: args.generation, status: 'finished' }, 'job.ended');
      }
      return written;
    });
}
