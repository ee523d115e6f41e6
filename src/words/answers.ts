import { type Job, readingIn } from '../contract/fields.ts';
import type { Batch } from '../contract/operations/batches.ts';
import type { Receipt } from '../contract/operations/receipts.ts';
import type { WaitedJob } from '../contract/operations/wait-for-jobs.ts';
import type { OperationKey } from '../contract/operations.ts';
import { MAX_CHARGED_ATTEMPTS } from '../contract/policies.ts';
import type { OutputOf } from '../contract/queue-api.ts';
import { auditText } from './audit.ts';
import { bulkText, costLines, previewedText, writtenLines } from './bulk.ts';
import { canceledBeforeText } from './canceled-before.ts';
import { capLine, capsText } from './caps.ts';
import { amountsText, budgetsText, budgetText, costsText, estimateText } from './costs.ts';
import { failuresText, foundText } from './found.ts';
import { hintForCommands, inCommands } from './hints-for-commands.ts';
import { keysText, keyText, newKeyText, rotatedKeyText } from './keys.ts';
import { foundReceiptsText, summaryText } from './money.ts';
import { queueText } from './queue.ts';
import { endOfReview, reasonsText, reviewsText, sumText } from './review.ts';
import { backfillText, runLine, schedulesText, scheduleText } from './schedules.ts';
import { skippedLines } from './skipped.ts';
import { shortTime, table } from './table.ts';
import { deliveriesText, secretLines, testText, webhooksText, webhookText } from './webhooks.ts';
import { whoamiText } from './whoami.ts';
import { workersText } from './workers.ts';

/** Answers in a few lines for a person; `--json` gives everything. */

type Texts = { readonly [K in OperationKey]: (output: OutputOf<K>) => string[] };

const TEXTS: Texts = {
  enqueueOcr: (job) => [
    jobLine(job),
    ...(job.deduplicated ? ['It was there already; nothing new was queued.'] : []),
    ...(job.notes ?? []),
  ],
  enqueueBatchOcr: acceptedText,
  estimateBatchOcr: estimateText,
  getBatch: batchText,
  listBatches: ({ batches, next_cursor }) => [
    ...(batches.length === 0
      ? ['No batches.']
      : table([['batch', 'jobs', 'accepted', 'state'], ...batches.map(batchRow)])),
    ...more(next_cursor),
  ],
  findJobs: ({ jobs, next_cursor }) => [...foundText(jobs, next_cursor), ...more(next_cursor)],
  failedJobs: ({ failures, next_cursor }) => [...failuresText(failures), ...more(next_cursor)],
  getJobStatus: (job) => [...jobText(job), ...(job.costs.length === 0 ? [] : [`  cost: ${amountsText(job.costs)}`])],
  explainJob: ({ lines }) => lines.map(inCommands),
  waitForJobs: ({ met, jobs, gone, waiting, more: isMore, batch, cursor }) => [
    ...(batch === null ? [] : [progressLine(batch)]),
    ...jobs.map(waitedLine),
    ...gone.map(({ message }) => message),
    ...(isMore ? ['More have ended since: go on at once.'] : []),
    waiting === 0
      ? 'None can change any more.'
      : `${met ? 'What was waited for has happened' : 'The time was over'}; ${waiting} can still change.`,
    `Go on: --cursor ${cursor}`,
  ],
  getResult: ({ job_id, status, result, raw_text }) =>
    result === null
      ? [`${job_id}: ${status}; nothing has been saved`]
      : [
          `${job_id}: ${result.merchant_name ?? 'no merchant'}, ${result.total_amount ?? 'no total'}`,
          ...(raw_text ?? '').split('\n'),
        ],
  cancelJob: (job) => [jobLine(job), ...canceledBeforeText(job), `Written before: ${job.written}`],
  retryJob: (job) => [
    jobLine(job),
    ...(job.deduplicated && !job.released ? ['It is live already; nothing new was queued.'] : []),
    ...(job.released ? [`It was released: it waits for ${job.waiting_for ?? 'nothing'} now.`] : []),
  ],
  cancelJobs: (told) => [...previewedText('cancel', told), ...(told.written ? writtenLines(told.written) : [])],
  clearFailedJobs: (told) => previewedText('clear', told),
  redriveFailedJobs: (told) => [...previewedText('run again', told), ...costLines(told)],
  restoreFailedJobs: ({ restored, bulk }) => [`${restored} jobs are counted as failed again.`, ...bulkText(bulk)],
  getBulk: bulkText,
  createTask: taskText,
  getTask: taskText,
  cancelTask: taskText,
  setPriority: (job) => [jobLine(job), ...(job.changed ? [] : [`It was ${job.priority} already.`])],
  queueInfo: queueText,
  queueHistory: historyText,
  getCosts: (told) => [...costsText(told), ...more(told.next_cursor)],
  listBudgets: ({ budgets, next_cursor }) => [...budgetsText(budgets), ...more(next_cursor)],
  setBudget: budgetText,
  removeBudget: ({ removed }) => [removed ? 'The budget is removed.' : 'There was no such budget.'],
  pauseQueue: ({ changed, ...of }) => [changed ? `${scopeOf(of)} is paused.` : `${scopeOf(of)} was paused already.`],
  resumeQueue: ({ changed, ...of }) => [changed ? `${scopeOf(of)} goes on.` : `${scopeOf(of)} was not paused.`],
  createKey: newKeyText,
  listKeys: ({ keys, next_cursor }) => [...keysText(keys), ...more(next_cursor)],
  rotateKey: rotatedKeyText,
  revokeKey: keyText,
  listAudit: ({ entries, next_cursor }) => [...auditText(entries), ...more(next_cursor)],
  whoami: whoamiText,
  listCaps: ({ caps, next_cursor }) => [...capsText(caps), ...more(next_cursor)],
  setCap: ({ cap, changed }) => [`${cap === null ? 'No limit.' : capLine(cap)}${changed ? '' : ' It was so already.'}`],
  listWorkers: ({ workers, next_cursor }) => [
    ...(workers.length === 0 ? ['No worker runs.'] : workersText(workers)),
    ...more(next_cursor),
  ],
  createSchedule: (made) => [...scheduleText(made), ...(made.created ? [] : ['It was there already, exactly so.'])],
  listSchedules: ({ schedules, next_cursor }) => [...schedulesText(schedules), ...more(next_cursor)],
  getSchedule: scheduleText,
  updateSchedule: scheduleText,
  pauseSchedule: ({ name, changed }) => [changed ? `${name} is paused.` : `${name} was paused already.`],
  resumeSchedule: ({ name, changed, next_at }) => [
    changed ? `${name} goes on; its next time is ${shortTime(next_at)}.` : `${name} was not paused.`,
  ],
  deleteSchedule: ({ name }) => [`Schedule ${name} is deleted; its jobs stay.`],
  runScheduleNow: (run) => [runLine(run)],
  backfillSchedule: backfillText,
  createWebhook: (made) => [...webhookText(made), ...secretLines(made.secret)],
  listWebhooks: ({ webhooks, next_cursor }) => [...webhooksText(webhooks), ...more(next_cursor)],
  getWebhook: webhookText,
  updateWebhook: webhookText,
  rotateWebhookSecret: (rotated) => [...webhookText(rotated), ...secretLines(rotated.secret)],
  testWebhook: testText,
  listDeliveries: ({ deliveries, next_cursor }) => [...deliveriesText(deliveries), ...more(next_cursor)],
  redeliverWebhook: ({ redelivered, more: isMore }) => [
    `${redelivered} messages are due again.${isMore ? ' There are more: call again.' : ''}`,
  ],
  deleteWebhook: ({ webhook_id }) => [`${webhook_id} is deleted, with what waited to be sent to it.`],
  listReceipts: ({ receipts, next_cursor }) => [
    ...(receipts.length === 0 ? ['No receipts.'] : table([RECEIPT_HEAD, ...receipts.map(receiptRow)])),
    ...more(next_cursor),
  ],
  findReceipts: (found) => [...foundReceiptsText(found), ...more(found.next_cursor)],
  summarizeReceipts: summaryText,
  getReceipt: receiptText,
  viewReceipt: ({ receipt_id, field, picture }) => [
    `Receipt ${receipt_id}: ${field ?? 'the whole page'}, a JPEG of ${Math.ceil((picture.length * 3) / 4_096)} KB; --json prints it in base64.`,
  ],
  createUpload: ({ path, expires_at }) => [
    `POST one photo to ${path}, as the part file of a form, before ${shortTime(expires_at)}.`,
  ],
  updateReceipt: editedText,
  listReviews: ({ reviews, next_cursor }) => [...reviewsText(reviews), ...more(next_cursor)],
  submitReview: editedText,
  deleteReceipt: ({ receipt_id, image_removed }) => [
    `Receipt ${receipt_id} is deleted, ${image_removed ? 'and its image' : 'its image stays'}.`,
  ],
};

/** A batch that was accepted, and what of it was not. */
function acceptedText(batch: OutputOf<'enqueueBatchOcr'>): string[] {
  const { batch_id, total, queued, deduplicated, skipped, job_ids, notes } = batch;
  const told =
    batch_id === null
      ? [skipped.length === 0 ? 'No receipt is pending.' : 'No receipt can be queued.']
      : [
          `${batch_id}: ${queued} new of ${total}, ${deduplicated} already had a job.`,
          ...job_ids.slice(0, 10).map((id) => `  ${id}`),
          ...(total > 10 ? [`  … and ${total - 10} more`] : []),
        ];
  return [...told, ...skippedLines(skipped), ...(notes ?? [])];
}

const scopeOf = ({ name, user_id }: { readonly name: string; readonly user_id?: number | null | undefined }) =>
  user_id == null ? name : `${name} for user ${user_id}`;

function historyText({ from, to, buckets }: OutputOf<'queueHistory'>): string[] {
  const seconds = (wait: number | null) => (wait === null ? '–' : `${wait} s`);
  const some = buckets.filter((each) => each.accepted + each.started + each.finished + each.failed + each.canceled > 0);
  return [
    `${shortTime(from)} to ${shortTime(to)}${some.length === 0 ? ': nothing happened.' : ''}`,
    ...(some.length === 0
      ? []
      : table([
          ['from', 'accepted', 'finished', 'failed', 'canceled', 'wait p50', 'p95'],
          ...some.map(({ at, accepted, finished, failed, canceled, wait_p50_s, wait_p95_s }) => [
            shortTime(at),
            ...[accepted, finished, failed, canceled].map(String),
            seconds(wait_p50_s),
            seconds(wait_p95_s),
          ]),
        ])),
  ];
}

/** What a command prints without `--json`. */
export function textOf<K extends OperationKey>(key: K, output: OutputOf<K>): string[] {
  return TEXTS[key](output);
}

const more = (nextCursor: string | null) => (nextCursor === null ? [] : [`More: --cursor ${nextCursor}`]);

export function jobLine(job: Job): string {
  const state = job.phase === null ? job.status : `${job.status} (${job.phase})`;
  const place = job.position === null ? '' : `, ${job.position} ahead`;
  const eta = job.eta_s === null ? '' : `, about ${job.eta_s} s`;
  return `${job.job_id}: ${state}${place}${eta}`;
}

export function jobText(job: Job): string[] {
  const { error } = job;
  const result = readingIn(job);
  return [
    jobLine(job),
    ...(job.waiting_for === null ? [] : [`  waits for ${job.waiting_for}`]),
    ...(job.attempts === 0
      ? []
      : [`  attempts: ${job.attempts} (${job.attempts_charged} of ${MAX_CHARGED_ATTEMPTS} used up)`]),
    ...(job.next_attempt_at === null ? [] : [`  next attempt: ${job.next_attempt_at}`]),
    ...(error === null
      ? []
      : [`  error ${error.code}: ${error.message}`, `  ${hintForCommands(error.code, error.hint)}`]),
    ...(result === null
      ? []
      : [
          `  merchant: ${result.merchant_name ?? '–'}`,
          `  date: ${result.purchase_date ?? '–'}`,
          `  total: ${result.total_amount ?? '–'} ${result.currency ?? ''}`,
          ...result.items.map(itemLine),
          ...(result.needs_review ? [`  needs review: ${reasonsText(result)}`] : []),
        ]),
  ];
}

function waitedLine({ job_id, status, phase, error_code }: WaitedJob): string {
  return `${job_id}: ${phase === null ? status : `${status} (${phase})`}${error_code === null ? '' : `, ${error_code}`}`;
}

type BatchSummary = OutputOf<'listBatches'>['batches'][number];

function batchRow({ batch_id, total, created_at, ended_as }: BatchSummary): string[] {
  const { finished = 0, failed = 0, canceled = 0 } = ended_as ?? {};
  const state = ended_as === null ? 'running' : parts({ finished, failed, canceled });
  return [batch_id, String(total), shortTime(created_at), state];
}

function taskText({ task_id, status, says, created_at, ttl_ms, poll_after_ms }: OutputOf<'getTask'>): string[] {
  const kept = ttl_ms === null ? 'no end' : shortTime(new Date(Date.parse(created_at) + ttl_ms).toISOString());
  return [
    task_id,
    `  ${status}: ${says}`,
    `  answers until: ${kept}`,
    ...(poll_after_ms === null ? [] : [`  ask again in ${Math.ceil(poll_after_ms / 1_000)} s`]),
  ];
}

/** `3 finished, 1 failed`: what there is of it. */
function parts(counts: Readonly<Record<string, number>>): string {
  const some = Object.entries(counts).filter(([, count]) => count > 0);
  return some.length === 0 ? 'nothing' : some.map(([name, count]) => `${count} ${name}`).join(', ');
}

/** Where the members of a batch are, in one line. */
export function progressLine({ batch_id, total, progress, rate_per_minute, eta_s }: Batch): string {
  const eta = eta_s === null ? '' : `, ${rate_per_minute} a minute, about ${eta_s} s left`;
  return `${batch_id}: ${total} receipts: ${parts(progress)}${eta}`;
}

export function batchText(batch: Batch): string[] {
  const { deduplicated, cleared, paid_calls, costs, ended_at } = batch;
  return [
    progressLine(batch),
    ...(deduplicated === 0 ? [] : [`  already had a job: ${deduplicated}`]),
    ...(cleared === 0 ? [] : [`  of the failed, cleared: ${cleared}`]),
    `  paid calls of the agent: ${paid_calls}${costs.length === 0 ? '' : `, ${amountsText(costs)}`}`,
    ...(ended_at === null ? [] : [`  ended ${ended_at}`]),
  ];
}

function itemLine(item: {
  readonly quantity: string | number | null;
  readonly item_name: string;
  readonly total_price: string | null;
}): string {
  const quantity = item.quantity === null ? '' : `${item.quantity} × `;
  return `  ${quantity}${item.item_name}: ${item.total_price ?? '–'}`;
}

function receiptLine(receipt: Receipt): string {
  const { id, ocr_status, purchase_date, merchant_name, total_amount, currency } = receipt;
  const total = total_amount === null ? '' : ` ${total_amount} ${currency ?? ''}`;
  return `${id}: ${ocr_status} ${purchase_date ?? '–'} ${merchant_name ?? ''}${total}`;
}

const RECEIPT_HEAD = ['receipt', 'state', 'date', 'total', 'merchant'];

function receiptRow({ id, ocr_status, purchase_date, merchant_name, total_amount, currency }: Receipt): string[] {
  const total = total_amount === null ? '–' : `${total_amount} ${currency ?? ''}`;
  return [String(id), ocr_status, purchase_date ?? '–', total, merchant_name ?? '–'];
}

function receiptText(receipt: Receipt): string[] {
  return [
    receiptLine(receipt),
    `  image: ${receipt.image_path}`,
    ...(receipt.items ?? []).map(itemLine),
    ...(receipt.set_by_person?.length ? [`  set by a person: ${receipt.set_by_person.join(', ')}`] : []),
    ...(receipt.needs_review ? [`  needs review: ${reasonsText(receipt)}`] : endOfReview(receipt)),
  ];
}

function editedText({ sum_mismatch, ...receipt }: OutputOf<'submitReview'>): string[] {
  return [...receiptText(receipt), ...(sum_mismatch === null ? [] : [sumText(sum_mismatch)])];
}
