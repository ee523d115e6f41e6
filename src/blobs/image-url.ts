import { AppError } from '../contract/errors.ts';
import type { Blobs } from '../ports.ts';

/** Beside the attempt's own time: the clocks of two machines. */
const MARGIN_S = 60;
/** Anyone who finds an address later than this reads nothing by it, however long an agent may take. */
const MAX_S = 3_600;

/**
 * Gives an agent the address of one image for one attempt, where the store has addresses. It is asked first whether it
 * has the image: that it is away is no fault of the agent, and that the image has gone needs no call.
 */
export function createImageUrl(
  blobs: Pick<Blobs, 'exists' | 'signedUrl'>,
  attemptMs: number,
): (imagePath: string) => Promise<string | undefined> {
  const seconds = Math.min(MAX_S, Math.ceil(attemptMs / 1_000) + MARGIN_S);
  return async (imagePath) => {
    const url = await blobs.signedUrl(imagePath, seconds);
    if (url !== undefined && !(await blobs.exists(imagePath))) {
      throw new AppError('image_missing', 'The image is not in the store.');
    }
    return url;
  };
}
