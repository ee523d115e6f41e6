import { z } from 'zod';
import { lineText } from '../../src/contract/fields.ts';
import { tool } from '../tool.ts';

export const controlQueue = tool({
  name: 'control_queue',
  title: 'Pause or resume',
  description: 'Pause or resume reading; running jobs finish.',
  input: z.strictObject({
    action: z.enum(['pause', 'resume']),
    reason: lineText(200).describe('For people.').optional(),
  }),
  effect: 'write',
  repeat: 'safe',
  answer: async ({ action, reason }, { queue, context }) => {
    const { name, paused, changed } =
      action === 'pause'
        ? await queue.pauseQueue(reason === undefined ? {} : { reason }, context)
        : await queue.resumeQueue({}, context);
    const is = paused === null ? 'reads again' : 'is paused; running jobs finish, and new ones are accepted and wait';
    return {
      summary: `Queue ${name} ${is}.${changed ? '' : ' It was so already.'}`,
      next: paused === null ? undefined : { tool: 'control_queue', arguments: { action: 'resume' } },
      paused: paused !== null,
      since: paused?.since,
      by: paused?.by,
      changed,
    };
  },
});
