import type { JobInBrief } from '../src/contract/operations/find-jobs.ts';
import type { Tool } from './tool.ts';
import { getJobStatus } from './tools/get-job-status.ts';

/** What can be named as `receipt://<name>/<id>`. */
export interface Collection {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly uri: (id: string) => string;
  /** What it reads as: the object that this tool answers for this argument. */
  readonly tool: Tool;
  readonly argument: string;
  /** Of the resource that a job belongs to; undefined where there is none. */
  readonly idIn: (job: JobInBrief) => string | undefined;
  /** In words of ours. */
  readonly sayOf: (job: JobInBrief) => string;
}

export const COLLECTIONS: readonly Collection[] = [
  {
    name: 'jobs',
    title: 'Job',
    description: 'One reading of a receipt: its state, why it waits or failed, what was read.',
    uri: (id) => `receipt://jobs/${id}`,
    tool: getJobStatus,
    argument: 'job_id',
    idIn: ({ job_id }) => job_id,
    sayOf: ({ status }) => `Its status: ${status}.`,
  },
];
