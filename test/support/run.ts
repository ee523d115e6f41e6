import { jobIdOf, ocrOf, parseJobId, type RunArgs, type RunKey } from '../../src/contract/job.ts';

/** A run as its workflow and its activities know it, and as the ledger does. */
export interface Run extends RunArgs, RunKey {}

/** The first run of a receipt's first job. */
export function firstRunOf(receiptId: number, ledgerId: string): Run {
  const subject = ocrOf(receiptId);
  return { ledgerId, jobId: jobIdOf(subject), ...subject, generation: 1, runNo: 1 };
}

/** The job that the arguments of a workflow name. */
export function runOf(args: RunArgs): Run {
  const job = parseJobId(args.jobId);
  if (!job) throw new Error(`${args.jobId} is no job id`);
  return { ...job, ...args };
}
