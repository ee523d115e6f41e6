import { ocrOf, parseJobId } from '../src/contract/job.ts';
import type { JobInBrief } from '../src/contract/operations/find-jobs.ts';
import type { Tool } from './tool.ts';
import { getJobStatus } from './tools/get-job-status.ts';
import { getReceipt } from './tools/get-receipt.ts';

/** What can be named as `receipt://<name>/<id>`. */
export interface Collection {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly uri: (id: string) => string;
  readonly isId: (text: string) => boolean;
  /** What it reads as: the object that this tool answers for these arguments. */
  readonly tool: Tool;
  readonly argumentsFor: (id: string) => Readonly<Record<string, unknown>>;
  /** Of the resource that a job belongs to; undefined where there is none. */
  readonly idIn: (job: JobInBrief) => string | undefined;
  /** In words of ours. */
  readonly sayOf: (job: JobInBrief) => string;
}

const KIND_OF_RECEIPTS = ocrOf(1).kind;

export const COLLECTIONS: readonly Collection[] = [
  {
    name: 'receipts',
    title: 'Receipt',
    description: 'Everything known of a receipt: fields, items with prices, doubts, who set what.',
    uri: (id) => `receipt://receipts/${id}`,
    isId: (text) => /^[1-9]\d{0,15}$/.test(text),
    tool: getReceipt,
    // All items, as far as a resource has room for them.
    argumentsFor: (id) => ({ receipt_id: id, parts: ['items'] }),
    idIn: ({ job_id, receipt_id }) => (parseJobId(job_id)?.kind === KIND_OF_RECEIPTS ? String(receipt_id) : undefined),
    sayOf: ({ job_id, status }) => `Its job ${job_id}: ${status}.`,
  },
  {
    name: 'jobs',
    title: 'Job',
    description: 'One reading of a receipt: its state, why it waits or failed, what was read.',
    uri: (id) => `receipt://jobs/${id}`,
    isId: (text) => parseJobId(text) !== undefined,
    tool: getJobStatus,
    argumentsFor: (id) => ({ job_id: id }),
    idIn: ({ job_id }) => job_id,
    sayOf: ({ status }) => `Its status: ${status}.`,
  },
];
