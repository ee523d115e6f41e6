import { z } from 'zod';
import { lineText, userId } from '../fields.ts';
import { operation } from '../operation.ts';
import { pause } from './queue-info.ts';

const output = z.object({
  name: z.string(),
  user_id: z.int().nullish().describe('Whose jobs; null: the whole queue.'),
  paused: pause.nullable(),
  changed: z.boolean().describe('false when the queue was already so.'),
});

const ofUser = userId.optional().describe('Only the jobs of this user. Left out: the whole queue.');

const reason = lineText(200).optional().describe('Why, for the people who find it paused.');

export const pauseQueue = operation({
  name: 'pause_queue',
  summary:
    'Pause the queue, or the jobs of one user: what runs finishes, what waits waits, new jobs are still accepted.',
  input: z.strictObject({ user_id: ofUser, reason }),
  output,
  effect: 'write',
  // The whole queue needs queue:admin, which the handler asks for.
  scope: 'jobs:write',
  errors: ['forbidden', 'ledger_unavailable'],
  repeat: 'safe',
  http: ['POST', '/queue/pause'],
  cli: 'queue pause',
});

export const resumeQueue = operation({
  name: 'resume_queue',
  summary: 'Resume a paused queue, or the jobs of one user; of the whole queue, an agent that fails is tried at once.',
  input: z.strictObject({ user_id: ofUser }),
  output,
  effect: 'write',
  // The whole queue needs queue:admin, which the handler asks for.
  scope: 'jobs:write',
  errors: ['forbidden', 'ledger_unavailable'],
  repeat: 'safe',
  http: ['POST', '/queue/resume'],
  cli: 'queue resume',
});
