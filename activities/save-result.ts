import type { OcrReceiptArgs } from '../src/contract/job.ts';
import { saveResult, type Written } from '../src/ledger/results.ts';
import type { ActivityDeps } from './deps.ts';
import { asLedgerStep } from './failure.ts';

/** Saves the stored reply: receipt, items, job, event and counter in one fenced transaction. */
export function createSaveResult(deps: ActivityDeps) {
  return (args: OcrReceiptArgs): Promise<Written> =>
    asLedgerStep(deps.log, { name: 'save', run: args }, async () => {
      const written = await saveResult(deps.db, args, deps.defaultCurrency).finally(() =>
        deps.notifier.changed([args.receiptId], { gate: true }),
      );
      if (written.current) {
        deps.log.info({ job_id: args.jobId, generation: args.generation, status: 'finished' }, 'job.ended');
      }
      return written;
    });
}
