import type { Draft } from './draft.ts';

/** Takes over the images of another store. */
export interface Keeper {
  /**
   * Stores an image under the very path that it has elsewhere, in place of what lies there.
   * @returns what came
   * @throws AppError image_too_large, storage_full, storage_unavailable
   */
  keep(path: string, bytes: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Draft>;
}
