import { AppError } from '../contract/errors.ts';
import { placeOf, turnedBy } from '../jobs/ocr/evidence-places.ts';
import { readReceipt } from '../jobs/ocr/receipts.ts';
import { fieldsOf } from '../jobs/ocr/reply-fields.ts';
import type { Region } from '../ports.ts';
import type { HandlerDeps } from './deps.ts';
import type { Handlers } from './pipeline.ts';
import { replyShown } from './receipts.ts';
import { noImage, noSuchReceipt } from './refusals.ts';

/** Models pay for its bytes. */
const MAX_BYTES = 100 * 1024;
const WHOLE: Region = { x: 0, y: 0, width: 1, height: 1 };

/** A small picture, made in a process of its own. */
export function createViewReceipt({ blobs, cropper }: HandlerDeps): Handlers['viewReceipt'] {
  return async ({ receipt_id, field }, { db, tenant, userId }) => {
    const row = await readReceipt(db, tenant, receipt_id, userId);
    if (!row) throw noSuchReceipt(receipt_id);
    if (row.image_path === '') throw noImage(receipt_id);
    const reply = await replyShown(db, row);
    const evidence = reply && fieldsOf(reply).evidence;
    const region = field === undefined ? undefined : placeOf(field, evidence);
    const image = await blobs.read(row.image_path);
    if (!image) throw new AppError('image_missing', `The image of receipt ${receipt_id} is not in the store.`);
    const degrees = turnedBy(evidence);
    const jpeg = await cropper.crop(image.bytes, region ?? WHOLE, degrees, MAX_BYTES);
    return {
      receipt_id,
      field: region === undefined ? null : (field ?? null),
      media_type: 'image/jpeg',
      picture: Buffer.from(jpeg).toString('base64'),
    };
  };
}
