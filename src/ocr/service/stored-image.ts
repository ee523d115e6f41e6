import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import path from 'node:path';
import { AgentError } from '../errors.ts';
import { IMAGE_LIMITS } from '../image/limits.ts';
import { splitImagePath } from './request.ts';

/**
 * Reads an image of the local store. The key can never lead out of the folder: neither by dots nor by links.
 * Throws AgentError: invalid_argument, image_missing, image_too_large.
 */
export async function readStoredImage(imageDir: string, imagePath: string): Promise<Uint8Array> {
  const { bucket, key } = splitImagePath(imagePath);
  const root = path.resolve(imageDir);
  const wanted = path.resolve(root, bucket, key);
  const parts = key.split('/');
  if (
    /[\0\\]/.test(key) ||
    parts.some((part) => part === '' || part === '.' || part === '..') ||
    !isInside(root, wanted)
  ) {
    throw new AgentError('invalid_argument', 'image_path does not name an image of the store.');
  }
  const missing = new AgentError('image_missing', 'There is no image under this image_path.');
  const real = await realpath(wanted).catch(() => undefined);
  if (real === undefined) throw missing;
  if (!isInside(await realpath(root), real)) {
    throw new AgentError('invalid_argument', 'image_path does not name an image of the store.');
  }
  const file = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    () => undefined,
  );
  if (file === undefined) throw missing;
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw missing;
    if (stat.size > IMAGE_LIMITS.maxBytes) {
      throw new AgentError('image_too_large', `The image has more than ${IMAGE_LIMITS.maxBytes} bytes.`);
    }
    return await file.readFile();
  } finally {
    await file.close();
  }
}

function isInside(root: string, file: string): boolean {
  return file.startsWith(root.endsWith(path.sep) ? root : root + path.sep);
}
