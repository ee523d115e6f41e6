import { z } from 'zod';
import { tool } from '../tool.ts';
import { oneJob } from './fields.ts';

/** An explanation is its lines: a model that asks why wants all of them. */
export const explainJob = tool({
  name: 'explain_job',
  title: 'Explain a job',
  description: 'Why a job takes long or failed: every attempt, what happens next, who must act.',
  input: z.strictObject({ job_id: oneJob }),
  effect: 'read',
  repeat: 'safe',
  answer: async ({ job_id }, { queue, context }) => {
    const { lines, next, who_acts, gives_up_at, status, ...told } = await queue.explainJob({ job_id }, context);
    const [first] = lines;
    const summary = `${first} Next: ${next}`;
    return { summary, job_id: told.job_id, status, who_acts, gives_up_at, paid_calls: told.paid_calls, lines };
  },
});
