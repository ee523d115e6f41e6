import { generationIdOf, type RunArgs, type RunKey } from '../src/contract/job.ts';
import { markProcessing } from '../src/ledger/processing.ts';
import { endByRun } from '../src/ledger/run-end.ts';
import { detailsOf } from '../src/words/workflow-details.ts';
import type { ActivityDeps } from './deps.ts';
import { asLedgerStep } from './failure.ts';

export type UpdateStatusArgs = RunArgs &
  ({ status: 'processing' } | { status: 'failed'; code: string; message: string } | { status: 'canceled' });

export type StatusUpdated =
  | {
      readonly current: true;
      readonly attemptTimeoutMs: number;
      /** What a person is told in Temporal; absent in histories of before. */
      readonly details?: string;
    }
  | { readonly current: false; readonly reason: string };

/** Lets the run begin, or ends the job as failed or canceled; says whether this run is still the one. */
export function createUpdateStatus(deps: ActivityDeps) {
  return (run: RunKey, args: UpdateStatusArgs): Promise<StatusUpdated> =>
    asLedgerStep(deps.log, { name: args.status, run, endless: args.status !== 'processing' }, async () => {
      const written =
        args.status === 'processing'
          ? await markProcessing(deps.db, args.ledgerId, run)
          : await endByRun(deps.db, args.ledgerId, run, args);
      if (written.current && args.status !== 'processing') {
        deps.notifier.changed([run.subject], { gate: true });
        deps.log.info({ job_id: generationIdOf(run), status: args.status }, 'job.ended');
      }
      if (!written.current) return written;
      return { current: true, attemptTimeoutMs: deps.attemptTimeoutMs, details: detailsOf(run) };
    });
}
