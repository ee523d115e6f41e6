import { type AppError, ERRORS, toAppError } from '../../src/contract/errors.ts';
import type { AddedReceipt, Upload } from '../../src/contract/queue-api.ts';
import type { Asked } from '../tool.ts';
import { type RefusedPath, refusalOf } from './find-photos.ts';
import type { LocalPhotos } from './local-photos.ts';

export interface AddedPhotos {
  readonly added: readonly AddedReceipt[];
  readonly refused: readonly RefusedPath[];
}

/** Uploads at the same moment: enough to keep a queue busy, few enough that others are served too. */
const AT_ONCE = 4;

/**
 * Uploads photos, some at a time; one that is refused holds up no other.
 * @throws AppError when the queue, or what it stands on, is away: every further photo would be answered the same. What
 *   was added by then is found again by its bytes
 */
export async function addPhotos(
  photos: readonly string[],
  from: LocalPhotos,
  said: Omit<Upload, 'bytes'>,
  { queue, context }: Asked,
): Promise<AddedPhotos> {
  const added: AddedReceipt[] = [];
  const refused: RefusedPath[] = [];
  const waiting = [...photos];
  let isAway: AppError | undefined;
  const addOne = async (place: string) => {
    const photo = await from.open(place).catch((error: unknown) => {
      throw refusalOf(error);
    });
    try {
      added.push(await queue.addReceipt({ ...said, bytes: photo.bytes }, context));
    } finally {
      await photo.close();
    }
  };
  const lane = async () => {
    for (let place = waiting.shift(); place !== undefined; place = waiting.shift()) {
      if (isAway || context.signal?.aborted) return;
      try {
        await addOne(place);
      } catch (thrown) {
        const error = toAppError(thrown);
        if (ERRORS[error.code].http >= 500) isAway ??= error;
        else refused.push({ path: place, error });
      }
      context.tell?.(`${added.length} of ${photos.length} photos are added`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  if (isAway) throw isAway;
  return { added, refused };
}
