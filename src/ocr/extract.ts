import { createNetworkClock, type NetworkClock } from './engine/detect.ts';
import type { Models } from './engine/models.ts';
import { type PageReading, readAgain, readPage } from './engine/read-page.ts';
import { type Understanding, understand } from './fields/read-receipt.ts';
import { decodeImage } from './image/decode.ts';
import type { LaneCost } from './lanes/messages.ts';
import type { Extraction } from './reply.ts';

/** One picture from bytes to fields: decode, read, understand. Throws AgentError for bytes that are no readable picture. */
export async function extract(models: Models, bytes: Uint8Array): Promise<{ extraction: Extraction; cost: LaneCost }> {
  const startedAt = performance.now();
  const picture = await decodeImage(bytes);
  const decodeMs = performance.now() - startedAt;
  const clock = createNetworkClock();
  const reading = await readPage(models, picture, clock);
  const extraction = await understandPage(models, reading, clock);
  const totalMs = performance.now() - startedAt;
  const memory = { rssBytes: process.memoryUsage.rss(), peakBytes: process.resourceUsage().maxRSS * 1024 };
  return { extraction, cost: { decodeMs, networksMs: clock.totalMs(), totalMs, ...memory } };
}

/** Understands a page; where its sums disagree, reads the items once more from closer and keeps what agrees better. */
async function understandPage(models: Models, reading: PageReading, clock: NetworkClock): Promise<Extraction> {
  const today = new Date().toISOString().slice(0, 10);
  const first = understand(reading.page, today);
  if (first.checks.itemsAddUp || first.itemPart === undefined || !reading.budget.allowsSecondLook())
    return first.extraction;
  const second = understand(await readAgain(models, reading, first.itemPart, clock), today);
  return agreesBetter(second, first) ? second.extraction : first.extraction;
}

function agreesBetter(second: Understanding, first: Understanding): boolean {
  if (second.checks.itemsAddUp) return true;
  const sameTotal = second.extraction.metadata.total_amount === first.extraction.metadata.total_amount;
  return sameTotal && second.checks.explained > first.checks.explained;
}
