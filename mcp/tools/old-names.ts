import { enqueueOcr } from './enqueue-ocr.ts';
import { getJobStatus } from './get-job-status.ts';
import { retryJob } from './retry-job.ts';

/** A name that other programs know, and the tool that does its work now. */
interface OldName {
  readonly name: string;
  /** Arguments that have another name now. */
  readonly renamed?: Readonly<Record<string, string>>;
  /** Arguments that say nothing any more. */
  readonly dropped?: readonly string[];
}

/** Called as ever, and listed no more: a model must not choose between two tools for one thing. */
const OLD_NAMES: Readonly<Record<string, OldName>> = {
  wait_for_jobs: { name: getJobStatus.name, renamed: { job_ids: 'job_id' }, dropped: ['until'] },
  get_result: { name: getJobStatus.name },
  enqueue_batch_ocr: { name: enqueueOcr.name },
  redrive_failed_jobs: { name: retryJob.name },
};

/** The call that an old name means; undefined: it is none. */
export function callUnderOldName(
  name: string,
  sent: unknown,
): { readonly name: string; readonly sent: unknown } | undefined {
  const old = Object.hasOwn(OLD_NAMES, name) ? OLD_NAMES[name] : undefined;
  if (old === undefined) return undefined;
  const { name: nameNow, renamed = {}, dropped = [] } = old;
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent)) return { name: nameNow, sent };
  const kept = Object.entries(sent).filter(([argument]) => !dropped.includes(argument));
  return {
    name: nameNow,
    sent: Object.fromEntries(kept.map(([argument, value]) => [renamed[argument] ?? argument, value])),
  };
}
