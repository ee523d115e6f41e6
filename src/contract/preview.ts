import { z } from 'zod';
import { bulk } from './bulk.ts';
import { time } from './fields.ts';
import { BULK } from './policies.ts';

const confirmToken = z
  .string()
  .min(1)
  .max(BULK.confirmToken)
  .optional()
  .describe('The confirm_token of the preview: acts on exactly the jobs that it has seen. Left out: a preview.');

const cost = z.object({
  agent_calls: z.int().describe('Jobs that would call the agent.'),
  stored_replies: z.int().describe('Jobs whose reply is stored already and costs nothing again.'),
});

/** What a preview tells, absent in the answer to a confirmation; and what a confirmation tells. */
const preview = {
  would_affect: z.int().optional().describe(`Jobs that a confirmation acts on, at most ${BULK.jobs}: the oldest.`),
  matching: z
    .union([z.int(), z.literal(`${BULK.jobs}+`)])
    .optional()
    .describe('All jobs that the filter finds.'),
  sample: z.array(z.string()).optional().describe(`Ids of the oldest of them, at most ${BULK.sample}.`),
  cost: cost.optional(),
  confirm_token: z.string().optional().describe('Pass it alone to the same call to act.'),
  expires_at: time.optional().describe('Until when the preview can be confirmed.'),
  bulk: bulk.optional().describe('What the confirmation has begun.'),
} as const;

/** What every such call answers. */
export const previewAnswer = z.object(preview);

/**
 * The one shape of a call that acts on many jobs: without a token it changes nothing and tells what it would do; with
 * the token of that preview it acts on exactly those jobs, once, and answers with a bulk.
 * @param asked what chooses the jobs, and how they are acted on
 * @param told what an answer of this call says besides
 */
export function previewed<Asked extends z.ZodRawShape, Told extends z.ZodRawShape>(asked: Asked, told: Told) {
  return {
    input: z.strictObject({ ...asked, confirm_token: confirmToken }),
    output: previewAnswer.extend(told),
  };
}
