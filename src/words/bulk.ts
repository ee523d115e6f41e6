import type { Bulk, Written } from '../contract/bulk.ts';
import type { OutputOf } from '../contract/queue-api.ts';

/** Answers of calls over many jobs, for a person. */

type Previewed = OutputOf<'clearFailedJobs'>;

const count = (jobs: number) => (jobs === 1 ? '1 job' : `${jobs} jobs`);

/** @param would what the call does: `clear` */
export function previewedText(would: string, told: Previewed): string[] {
  if (told.bulk) return bulkText(told.bulk);
  const { would_affect = 0, matching = 0, sample = [] } = told;
  if (would_affect === 0) return ['No job fits: nothing to do.'];
  const more = matching === would_affect ? '' : ` The filter finds ${matching}; these are the oldest.`;
  return [
    `This would ${would} ${count(would_affect)}.${more}`,
    ...sample.map((id) => `  ${id}`),
    ...(would_affect > sample.length ? [`  … and ${would_affect - sample.length} more`] : []),
  ];
}

export function costLines({ cost, bulk }: Previewed): string[] {
  if (bulk || !cost) return [];
  return [`  ${count(cost.agent_calls)} would call the agent, ${cost.stored_replies} have a stored reply.`];
}

export function writtenLines({ uncalled, aborting, called }: Written): string[] {
  return [
    `  before any call of the agent: ${uncalled}`,
    `  while the agent was being called: ${aborting}`,
    `  called before, and nothing saved: ${called}`,
  ];
}

export function bulkText(bulk: Bulk): string[] {
  const { bulk_id, operation, state, total, done, skipped, failed, remaining, reasons, eta_s } = bulk;
  const eta = eta_s === null ? '' : `, about ${eta_s} s`;
  return [
    `${bulk_id} (${operation}): ${state}`,
    `  ${done} of ${total} done, ${skipped} skipped, ${failed} failed, ${remaining} to go${eta}`,
    ...reasons.map(({ code, jobs }) => `  ${code}: ${jobs}`),
    ...(bulk.restorable_until === null || done === 0
      ? []
      : [`  Take it back until ${bulk.restorable_until} with:`, `    pantry-queue failed restore ${bulk_id}`]),
  ];
}
