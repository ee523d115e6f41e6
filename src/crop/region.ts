import type { Region } from '../ports.ts';

/** Clockwise quarter turns take a point (x, y) to (1 − y, x); this takes a rectangle back. */
const turnBack = ({ x, y, width, height }: Region): Region => ({
  x: y,
  y: 1 - x - width,
  width: height,
  height: width,
});
const mirrorBack = (region: Region): Region => ({ ...region, x: 1 - region.x - region.width });

/** How a picture is made upright by its EXIF orientation: mirrored first, then turned clockwise. */
const ORIENTATIONS: Readonly<Record<number, { readonly mirrored: boolean; readonly quarterTurns: number }>> = {
  1: { mirrored: false, quarterTurns: 0 },
  2: { mirrored: true, quarterTurns: 0 },
  3: { mirrored: false, quarterTurns: 2 },
  4: { mirrored: true, quarterTurns: 2 },
  5: { mirrored: true, quarterTurns: 3 },
  6: { mirrored: false, quarterTurns: 1 },
  7: { mirrored: true, quarterTurns: 1 },
  8: { mirrored: false, quarterTurns: 3 },
};

/** What must be done with a piece of the stored picture so that it stands upright. */
export interface StoredPiece {
  readonly region: Region;
  readonly mirrored: boolean;
  readonly turnDegrees: number;
}

/**
 * A part of the upright page → the same part of the picture as it is stored, so that no more than that is decoded.
 * @param orientation of EXIF; what is none counts as 1
 * @param turnedDegrees clockwise, beyond EXIF
 */
export function storedPiece(page: Region, orientation: number, turnedDegrees: number): StoredPiece {
  const { mirrored, quarterTurns } = ORIENTATIONS[orientation] ?? { mirrored: false, quarterTurns: 0 };
  const turns = (quarterTurns + turnedDegrees / 90) % 4;
  let region = page;
  for (let n = 0; n < turns; n++) region = turnBack(region);
  return { region: mirrored ? mirrorBack(region) : region, mirrored, turnDegrees: turns * 90 };
}
