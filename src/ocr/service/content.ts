import { createHash } from 'node:crypto';
import { AgentError } from '../errors.ts';

/** A key of the queue names its content; any other may be anything. */
const CONTENT_KEY = /\/[0-9a-f]{2}\/([0-9a-f]{64})\.[a-z]+$/;

/** @throws AgentError image_unreadable when the bytes are not those that the path names */
export function requireContent(imagePath: string, bytes: Uint8Array): Uint8Array {
  const expected = CONTENT_KEY.exec(imagePath)?.[1];
  if (expected === undefined || createHash('sha256').update(bytes).digest('hex') === expected) return bytes;
  throw new AgentError('image_unreadable', 'The image was changed in the store: it is not what was uploaded.');
}
