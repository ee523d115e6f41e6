import { checkInput } from '../contract/check-input.ts';
import { isTerminal } from '../contract/job.ts';
import { operations } from '../contract/operations.ts';
import { LIMITS } from '../contract/policies.ts';
import type { QueueClient } from './queue-client.ts';
import { waitThroughCuts } from './wait-through-cuts.ts';

/** The same client, whose waits survive what lies between it and the queue. */
export function resumingWaits(client: QueueClient, base: string): QueueClient {
  return {
    ...client,
    getJobStatus: (input, context = {}) => {
      const { job_id, wait_seconds: seconds = 0 } = checkInput(operations.getJobStatus.input, input);
      return waitThroughCuts(
        (left) => client.getJobStatus(left > 0 ? { job_id, wait_seconds: left } : { job_id }, context),
        {
          seconds,
          askSeconds: LIMITS.askSeconds,
          isOver: (answer) => isTerminal(answer.status),
          onCut: () => context.tell?.(cutNews(base)),
          signal: context.signal,
        },
      );
    },
    waitForJobs: (input, context = {}) => {
      const { wait_seconds: seconds = LIMITS.askSeconds, ...asked } = checkInput(operations.waitForJobs.input, input);
      return waitThroughCuts(
        // With the caller's own cursor each time, so that the last answer tells all that has changed since.
        (left) => client.waitForJobs({ ...asked, wait_seconds: left }, context),
        {
          seconds,
          askSeconds: LIMITS.askSeconds,
          isOver: ({ met }) => met,
          onCut: () => context.tell?.(cutNews(base)),
          signal: context.signal,
        },
      );
    },
  };
}

/** What a caller is told of a wait that goes on. */
export const cutNews = (base: string) => `The connection to ${base} was lost; asking again.`;
