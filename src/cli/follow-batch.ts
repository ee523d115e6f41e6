import type { QueueClient } from '../client/index.ts';
import { AppError } from '../contract/errors.ts';
import type { Batch } from '../contract/operations/batches.ts';
import { batchText, progressLine } from '../words/answers.ts';
import { batchBar } from '../words/progress.ts';
import { type FollowFlags, follow } from './follow.ts';
import { EXIT, print, printJson } from './output.ts';

/**
 * Follows a batch to its end and prints it.
 * @returns the exit code: ok when all of it finished, other when it ended otherwise; else as `follow`
 */
export function followBatch(queue: QueueClient, batchId: string, flags: FollowFlags): Promise<number> {
  let cursor: string | undefined;
  async function ask(seconds: number, signal: AbortSignal): Promise<Batch> {
    const since = cursor === undefined ? {} : { cursor };
    const asked = { batch_id: batchId, until: 'changed', wait_seconds: seconds, ...since } as const;
    const answer = await queue.waitForJobs(asked, { signal });
    cursor = answer.cursor;
    if (!answer.batch) throw new AppError('batch_not_found', `There is no batch "${batchId}".`);
    return answer.batch;
  }
  return follow(
    {
      name: batchId,
      command: `batch watch ${batchId}`,
      ask,
      isOver: ({ ended_at }) => ended_at !== null,
      line: progressLine,
      liveLine: batchBar,
      stillIs: () => 'running',
      report(batch) {
        if (flags.json) printJson(batch);
        else print(...batchText(batch));
        return batch.progress.finished === batch.total ? EXIT.ok : EXIT.other;
      },
    },
    flags,
  );
}
