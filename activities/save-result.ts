import { generationIdOf, type RunKey } from '../src/contract/job.ts';
import type { Fenced } from '../src/ledger/ends.ts';
import { saveResult } from '../src/ledger/saving.ts';
import type { ActivityDeps } from './deps.ts';
import { asLedgerStep } from './failure.ts';

/** Saves the stored reply: subject, job, event and counter in one fenced statement. */
export function createSaveResult(deps: ActivityDeps) {
  return (run: RunKey): Promise<Fenced> =>
    asLedgerStep(deps.log, { name: 'save', run }, async () => {
      const written = await saveResult(deps.db, run, deps).finally(() =>
        deps.notifier.changed([run.subject], { gate: true }),
      );
      if (written.current) {
        deps.log.info({ job_id: generationIdOf(run), status: 'finished' }, 'job.ended');
      }
      return written;
    });
}
