import { fileTypeFromBuffer } from 'file-type';
import { AppError } from '../../contract/errors.ts';
import { FORMATS_AND, IMAGE_FORMATS, type ImageExtension } from '../../contract/image-formats.ts';
import { heifKindOf } from '../../decode/sniff.ts';

/** Enough of a file's beginning to tell what it is. */
export const HEAD_BYTES = 4_100;

const EXTENSIONS: ReadonlyMap<string, ImageExtension> = new Map(
  Object.entries(IMAGE_FORMATS).map(([extension, { mediaType }]) => [mediaType, extension as ImageExtension]),
);

/**
 * The kind of an image by its first bytes; what a client says about it counts for nothing.
 * @returns the extension without its dot
 * @throws AppError unsupported_image, naming what it is instead where that can be told
 */
export async function imageKindOf(head: Uint8Array): Promise<ImageExtension> {
  const branded = heifKindOf(head);
  if (branded) return branded;
  const found = await fileTypeFromBuffer(head);
  const extension = found && EXTENSIONS.get(found.mime);
  // By their brands alone, which were looked at above.
  if (extension && extension !== 'heic' && extension !== 'avif') return extension;
  const what = found ? `a file of type ${found.mime}` : 'no image';
  throw new AppError('unsupported_image', `The file is ${what}; ${FORMATS_AND} are read.`, {
    fields: [{ pointer: '/file', code: 'unsupported_image', message: `The file is ${what}.` }],
  });
}
