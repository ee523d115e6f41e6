import { z } from 'zod';
import { lineText } from '../fields.ts';
import { operation } from '../operation.ts';
import { pause } from './queue-info.ts';

const output = z.object({
  name: z.string(),
  paused: pause.nullable(),
  changed: z.boolean().describe('false when the queue was already so.'),
});

const reason = lineText(200).optional().describe('Why, for the people who find it paused.');

export const pauseQueue = operation({
  name: 'pause_queue',
  summary: 'Pause the queue: what runs finishes, what waits waits, new jobs are still accepted.',
  input: z.strictObject({ reason }),
  output,
  effect: 'write',
  scope: 'queue:admin',
  errors: ['forbidden', 'ledger_unavailable'],
  repeat: 'safe',
  http: ['POST', '/queue/pause'],
  cli: 'queue pause',
});

export const resumeQueue = operation({
  name: 'resume_queue',
  summary: 'Resume a paused queue.',
  input: z.strictObject({}),
  output,
  effect: 'write',
  scope: 'queue:admin',
  errors: ['forbidden', 'ledger_unavailable'],
  repeat: 'safe',
  http: ['POST', '/queue/resume'],
  cli: 'queue resume',
});
