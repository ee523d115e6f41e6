import { createNetworkClock } from './engine/detect.ts';
import type { Models } from './engine/models.ts';
import { readPage } from './engine/read-page.ts';
import { understand } from './fields/read-receipt.ts';
import { decodeImage } from './image/decode.ts';
import type { LaneCost } from './lanes/messages.ts';
import type { Extraction } from './reply.ts';

/** One picture from bytes to fields: decode, read, understand. Throws AgentError for bytes that are no readable picture. */
export async function extract(models: Models, bytes: Uint8Array): Promise<{ extraction: Extraction; cost: LaneCost }> {
  const startedAt = performance.now();
  const picture = await decodeImage(bytes);
  const decodeMs = performance.now() - startedAt;
  const clock = createNetworkClock();
  const { page } = await readPage(models, picture, clock);
  const { extraction } = understand(page, new Date().toISOString().slice(0, 10));
  const totalMs = performance.now() - startedAt;
  return { extraction, cost: { decodeMs, networksMs: clock.totalMs(), totalMs, rssBytes: process.memoryUsage.rss() } };
}
