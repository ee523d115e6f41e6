import { z } from 'zod';
import { time, userId } from '../fields.ts';
import { operation } from '../operation.ts';
import { uploadFields } from './add-receipt.ts';

export const createUpload = operation({
  name: 'create_upload',
  summary: 'An address that takes one photo of a receipt without a key, for 15 minutes.',
  input: z.strictObject({
    purchase_date: uploadFields.shape.purchase_date,
    priority: uploadFields.shape.priority,
    user_id: userId.optional(),
  }),
  output: z.object({
    path: z.string().describe('POST the photo to it, as the part file of a form; anyone who knows it may do so.'),
    expires_at: time,
  }),
  effect: 'write',
  scope: 'jobs:write',
  errors: ['forbidden', 'ledger_unavailable'],
  repeat: 'safe',
  http: ['POST', '/uploads'],
  cli: 'receipt upload-address',
});
