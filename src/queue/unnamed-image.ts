import { isImageNamed } from '../jobs/ocr/delete-receipt.ts';
import type { QueueDeps } from './deps.ts';

/**
 * Removes an image of ours that no receipt names any more.
 * @returns whether it was removed
 * @throws AppError storage_unavailable
 */
export type RemoveUnnamed = (imagePath: string) => Promise<boolean>;

/** Over all tenants: the same image is stored once for everybody. */
export function createRemoveUnnamed({ blobs, db }: Pick<QueueDeps, 'blobs' | 'db'>): RemoveUnnamed {
  return async (imagePath) => {
    const isNamed = () => isImageNamed(db, imagePath);
    return blobs.owns(imagePath) && blobs.remove(imagePath, isNamed);
  };
}
