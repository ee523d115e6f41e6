import { invalidArgument } from '../src/contract/check-input.ts';
import { quoted } from '../src/contract/clean-text.ts';
import { daysOf } from './months.ts';

/** What a person picks in a host, and its model then carries out. */
export interface PromptWords {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly arguments: readonly { readonly name: string; readonly description: string; readonly required: true }[];
  /** Does it ask for what changes something? Readers are not offered it. */
  readonly writes?: true;
  /**
   * A constant, but for arguments that were checked: no value of any tenant ever stands here.
   * @throws AppError invalid_argument
   */
  readonly text: (given: Readonly<Record<string, string | undefined>>) => string;
}

export const PROMPTS: readonly PromptWords[] = [
  {
    name: 'triage_failed_jobs',
    title: 'Find out why receipts fail',
    description: 'Finds the causes, recovers what can be recovered, and says who must do the rest.',
    arguments: [],
    writes: true,
    text: () => `Find out why receipts are not read, and recover what can be recovered.
1. Call queue_info. Its problems and failed_by name the causes.
2. For each cause call explain_job for one of its jobs. find_jobs {"status":"failed"} lists them.
3. When the cause is gone, call retry_job with the error_code. It previews first: tell me how many jobs would run again and what they cost, and confirm only when I agree. When the cause remains, retry nothing and tell me who must act.
4. End with a short table: cause, jobs, what you did, what is left to do.`,
  },
  {
    name: 'process_new_receipts',
    title: 'Add and read new receipts',
    description: 'Adds photos, reads what was never read, and names what a person should check.',
    arguments: [],
    writes: true,
    text: () => `Read my new receipts and tell me what is on them.
1. If I have not said where the photos are, ask me for the folder. Then call add_receipts with its path in paths. When there are no photos to add, call enqueue_ocr {"pending":true}: it queues what is stored and was never read.
2. Call get_job_status with the batch_id and "wait_seconds":20, again and again, until all have ended.
3. Where jobs failed, call explain_job for one of each error_code and tell me what can be done.
4. Call find_receipts {"needs_review":true}, and get_receipt for those that are new. Change nothing that I have not told you: submit_review is for what I correct.
5. End with a list: shop, day, total, and what I should check.`,
  },
  {
    name: 'month_report',
    title: 'What was spent in a month',
    description: 'Exact sums of a month by shop and currency, doubtful receipts apart.',
    arguments: [{ name: 'month', description: 'As in 2026-04.', required: true }],
    text: ({ month = '' }) => monthReport(month),
  },
];

function monthReport(month: string): string {
  const days = daysOf(month.trim());
  if (!days) throw invalidArgument('month', 'format', `month must be written as 2026-04, not ${quoted(month)}.`);
  const within = JSON.stringify(days).slice(1, -1);
  return `How much did I spend in ${month.trim()}?
1. Call find_receipts {${within},"sum_by":"merchant"}. Its sums are exact: do not add up yourself, and never add two currencies.
2. Call find_receipts {${within},"needs_review":true} for the receipts that are in doubt.
3. Tell me the sum of each currency, then the shops, the largest first. Name what is in doubt apart, with the reason, and how many receipts are in no sum because their date or total is not known.`;
}
