import { isImageNamed } from '../ledger/delete-receipt.ts';
import type { QueueDeps } from './deps.ts';

/**
 * Removes an image of ours that no receipt names any more.
 * @returns whether it was removed
 * @throws AppError storage_unavailable
 */
export async function removeUnnamed({ blobs, db }: QueueDeps, imagePath: string): Promise<boolean> {
  const isNamed = () => isImageNamed(db, imagePath);
  return blobs.owns(imagePath) && !(await isNamed()) && blobs.remove(imagePath, isNamed);
}
