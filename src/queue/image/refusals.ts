import { AppError, type ErrorCode } from '../../contract/errors.ts';
import { IMAGE } from '../../contract/policies.ts';

/** About the file of an upload. */
function refused(code: ErrorCode, message: string): AppError {
  return new AppError(code, message, { fields: [{ pointer: '/file', code, message }] });
}

export const unreadable = (message: string): AppError => refused('image_unreadable', message);
export const unsupported = (message: string): AppError => refused('unsupported_image', message);

/** @throws AppError image_too_large: what no reader of ours would take is not stored either */
export function checkMost(width: number, height: number): void {
  const { maxPixels, maxSidePx } = IMAGE;
  if (width * height > maxPixels || Math.max(width, height) > maxSidePx) {
    const limit = `at most ${maxPixels / 1_000_000} megapixels and ${maxSidePx.toLocaleString('en')} pixels a side are read`;
    throw refused('image_too_large', `The image has ${width} × ${height} pixels; ${limit}.`);
  }
}

/** @throws AppError image_too_large, image_unreadable */
export function checkSize(width: number, height: number): void {
  checkMost(width, height);
  const { minSidePx } = IMAGE;
  if (Math.min(width, height) < minSidePx) {
    throw unreadable(
      `The image has ${width} × ${height} pixels; at least ${minSidePx} a side are needed to hold print.`,
    );
  }
}
