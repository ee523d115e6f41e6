import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { AppError } from '../../src/contract/errors.ts';
import { purchaseDate } from '../../src/contract/fields.ts';
import type { AddedReceipt, InputOf } from '../../src/contract/queue-api.ts';
import { addPhotos } from '../photos/add-photos.ts';
import { addedAnswer } from '../photos/added-answer.ts';
import { addressAnswer } from '../photos/address-answer.ts';
import { MAX_PHOTOS, pageOf } from '../photos/page.ts';
import { type Asked, tool } from '../tool.ts';
import { jobsIn } from '../work.ts';
import { order } from './fields.ts';

export const addReceipts = tool({
  name: 'add_receipts',
  title: 'Add receipts',
  description:
    'Add photos of receipts from files or folders and read them. The same photo is added once. Without paths: an address to upload to.',
  input: z.strictObject({
    paths: z
      .array(z.string().min(1).max(4_096))
      .max(MAX_PHOTOS)
      .describe('Files or folders inside the allowed folders.')
      .optional(),
    purchase_date: purchaseDate.describe('If known: YYYY-MM-DD.').optional(),
    priority: order.optional(),
    cursor: z.string().min(1).max(64).optional(),
  }),
  unlisted: ['cursor'],
  effect: 'write',
  repeat: 'safe',
  reachesAgent: true,
  goesOn: jobsIn,
  answer: async ({ paths = [], cursor, ...said }, asked) => {
    if (paths.length === 0) return addressAnswer(said, asked);
    const { photos: local } = asked.context;
    if (!local) throw noFilesHere();
    const found = await local.find(paths);
    const [first] = found.refused;
    if (first && found.photos.length === 0) throw first.error;
    const { photos, left, next_cursor } = pageOf(found.photos, cursor);
    const { added, refused } = await addPhotos(photos, local, said, asked);
    return addedAnswer({
      added,
      refused: [...found.refused, ...refused],
      batch_id: await batchOf(added, said.priority, asked),
      left,
      next: { tool: 'add_receipts', arguments: { paths, ...said, cursor: next_cursor } },
    });
  },
});

/** One handle for all, so that one wait covers them. */
async function batchOf(
  added: readonly AddedReceipt[],
  priority: InputOf<'enqueueBatchOcr'>['priority'],
  { queue, context }: Asked,
): Promise<string | undefined> {
  if (added.length === 0) return undefined;
  const receipt_ids = [...new Set(added.map(({ receipt }) => receipt.id))].sort((a, b) => a - b);
  const asked = { receipt_ids, priority, idempotency_key: randomUUID() };
  return (await queue.enqueueBatchOcr(asked, context)).batch_id ?? undefined;
}

function noFilesHere(): AppError {
  return new AppError('invalid_argument', 'This server reads no files of the machine you are on.', {
    hint: 'Call add_receipts without paths: it gives an address that a photo can be uploaded to.',
  });
}
