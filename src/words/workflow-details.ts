import { generationIdOf, type RunKey } from '../contract/job.ts';

/** What Temporal's UI shows about a run that goes on; each failure and its next try stand at the pending activity. */
export function detailsOf(run: RunKey): string {
  const id = generationIdOf(run);
  return [
    `Run ${run.runNo} of ${id}.`,
    'Its call of the agent is the pending activity: its last failure says why the job waits or is tried again, and when.',
    `What it waits for, and who acts: \`pantry-queue job explain ${id}\``,
  ].join(' ');
}
