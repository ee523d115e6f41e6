import { fileTypeFromBuffer } from 'file-type';
import { AppError } from '../../contract/errors.ts';

export type ImageExtension = 'jpg' | 'png' | 'webp';

/** What we take; everything else a library might decode stays outside. */
const KINDS: Readonly<Record<string, ImageExtension>> = {
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/webp': 'webp',
};

/** Enough of a file's beginning to tell what it is. */
export const HEAD_BYTES = 4_100;

/**
 * The kind of an image by its first bytes; what a client says about it counts for nothing.
 * @returns the extension without its dot
 * @throws AppError unsupported_image, naming what it is instead where that can be told
 */
export async function imageKindOf(head: Uint8Array): Promise<ImageExtension> {
  const found = await fileTypeFromBuffer(head);
  const extension = found && KINDS[found.mime];
  if (extension) return extension;
  const what = found ? `a file of type ${found.mime}` : 'no image';
  throw new AppError('unsupported_image', `The file is ${what}; JPEG, PNG and WebP are read.`, {
    fields: [{ pointer: '/file', code: 'unsupported_image', message: `The file is ${what}.` }],
  });
}
