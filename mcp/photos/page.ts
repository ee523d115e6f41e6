import { createHash } from 'node:crypto';

/** Paths that a call names, and photos that it adds. */
export const MAX_PHOTOS = 50;

export interface PhotoPage {
  readonly photos: readonly string[];
  readonly left: number;
  readonly next_cursor: string | undefined;
}

/**
 * The photos that one call adds. The cursor names the last one by a digest: its name was chosen by strangers.
 * @param cursor of the page before; when that photo has gone, all begins anew, which adds nothing twice
 */
export function pageOf(found: readonly string[], cursor: string | undefined): PhotoPage {
  const from = cursor === undefined ? 0 : found.findIndex((place) => markOf(place) === cursor) + 1;
  const photos = found.slice(from, from + MAX_PHOTOS);
  const last = photos.at(-1);
  return { photos, left: found.length - from - photos.length, next_cursor: last && markOf(last) };
}

const markOf = (place: string) => createHash('sha256').update(place).digest('base64url').slice(0, 16);
