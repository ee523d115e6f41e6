import type { Model, ModelJob, ModelReceipt } from './model.ts';
import { notReviewed } from './reviews.ts';

/**
 * What a receipt's id stands for in the model. Anyone who uses an id again is another user, so the number of the row tells
 * the owner too.
 */
export interface ModelRow {
  readonly no: number;
  readonly image: string;
}

const ENDS = ['finished', 'failed', 'canceled'];
export const isLive = (job: ModelJob) => !ENDS.includes(job.state);
const OUTSIDE = ['queued/admission', 'scheduled', 'deferred/parked', 'deferred/dependency'];
/** Open in the engine or on its way there; also of a job that has ended there. */
export const isInEngine = ({ state }: ModelJob) => !OUTSIDE.includes(state);

export function move(job: ModelJob, state: string): void {
  if (job.state !== state) job.aged = false;
  job.state = state;
}

/** The row that stands there is the one that the job was made for. */
export const isSameRow = ({ row }: ModelReceipt, job: ModelJob) => row !== undefined && row.no === job.row.no;
export const isSameImage = (receipt: ModelReceipt, job: ModelJob) =>
  isSameRow(receipt, job) && receipt.row?.image === job.row.image;

/** Something is still kept of a receipt that was deleted. */
export const isToForget = (receipt: ModelReceipt) =>
  receipt.generations.some((job) => !job.isForgotten && !isSameRow(receipt, job));

/** The job that an answer may be about: of the row that stands there, or the last one where none does. */
export function jobShown(receipt: ModelReceipt): ModelJob | undefined {
  const last = receipt.generations.at(-1);
  return last && (receipt.row === undefined || isSameRow(receipt, last)) ? last : undefined;
}

export function changeRow(receipt: ModelReceipt, op: 'delete receipt' | 'id used again' | 'image changed'): string {
  const { row } = receipt;
  if (op !== 'image changed') receipt.review = notReviewed();
  if (op === 'id used again') receipt.row = { no: ++receipt.rows, image: 'own' };
  else if (row === undefined) return 'nothing';
  else receipt.row = op === 'delete receipt' ? undefined : { ...row, image: row.image === 'own' ? 'other' : 'own' };
  return 'done';
}

/** By the queue's own call: its jobs end, and what was read is gone, in the same commit. */
export function deleteReceipt(receipt: ModelReceipt): string {
  if (receipt.row === undefined) return 'receipt_not_found';
  receipt.row = undefined;
  receipt.review = notReviewed();
  for (const job of receipt.generations) forget(job);
  return 'done';
}

function forget(job: ModelJob): void {
  endMismatched(job);
  job.isForgotten = true;
  job.replied = false;
}

/** A live job whose receipt is not what it was made for; a cancel that was asked for wins. */
export function endMismatched(job: ModelJob): void {
  if (isLive(job)) job.state = job.state === 'started/canceling' ? 'canceled' : 'failed';
}

/** What a sweep does with jobs that do not fit their receipt: live ones end, of a deleted one nothing is kept. */
export function sweepReceipts(model: Model): void {
  for (const receipt of model.receipts) {
    for (const job of receipt.generations) {
      if (!isSameImage(receipt, job)) endMismatched(job);
      if (!isSameRow(receipt, job)) forget(job);
    }
  }
}

/** A generation begins with the reply that the latest one before it has paid for and not saved, of the same image. */
export function carryOver({ generations }: ModelReceipt, job: ModelJob): void {
  const paid = generations.slice(0, generations.indexOf(job)).findLast(({ replied }) => replied);
  const isOfSame = paid?.row.no === job.row.no && paid.row.image === job.row.image;
  if (paid && isOfSame && (paid.state === 'failed' || paid.state === 'canceled')) {
    job.replied = true;
    job.reading = paid.reading;
  }
}
