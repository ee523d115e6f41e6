import { Agent, request } from 'undici';
import { AgentError } from '../errors.ts';
import { IMAGE_LIMITS } from '../image/limits.ts';

const FETCH_LIMITS = { connectMs: 3_000, idleMs: 5_000, totalMs: 20_000 } as const;

/** Fetches an image from an allowed origin. Redirects are not followed: they could lead anywhere. */
export async function fetchImage(imageUrl: string, origins: readonly string[]): Promise<Uint8Array> {
  const url = new URL(imageUrl);
  if (!origins.includes(url.origin) || url.username !== '' || url.password !== '') {
    throw new AgentError('invalid_argument', 'image_url is not on an allowed origin (--image-url-origin).');
  }
  const dispatcher = new Agent({
    connect: { timeout: FETCH_LIMITS.connectMs },
    headersTimeout: FETCH_LIMITS.idleMs,
    bodyTimeout: FETCH_LIMITS.idleMs,
  });
  try {
    const { statusCode, body } = await request(url, {
      dispatcher,
      signal: AbortSignal.timeout(FETCH_LIMITS.totalMs),
    });
    if (statusCode === 404 || statusCode === 410) {
      throw new AgentError('image_missing', 'There is no image under this image_url.');
    }
    if (statusCode !== 200) {
      throw new AgentError('image_source_unavailable', `The image store answered ${statusCode}.`, 5);
    }
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size > IMAGE_LIMITS.maxBytes) {
        throw new AgentError('image_too_large', `The image has more than ${IMAGE_LIMITS.maxBytes} bytes.`);
      }
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } catch (error) {
    if (error instanceof AgentError) throw error;
    throw new AgentError('image_source_unavailable', 'The image store cannot be reached.', 5);
  } finally {
    void dispatcher.destroy();
  }
}
