import { createNetworkClock } from './engine/detect.ts';
import type { Models } from './engine/models.ts';
import { readAgain, readPage } from './engine/read-page.ts';
import { type Understanding, understand } from './fields/read-receipt.ts';
import { decodeImage } from './image/decode.ts';
import type { LaneCost } from './lanes/messages.ts';
import type { Page, Region } from './page.ts';
import type { Extraction } from './reply.ts';

/** One picture from bytes to fields: decode, read, understand. Throws AgentError for bytes that are no readable picture. */
export async function extract(models: Models, bytes: Uint8Array): Promise<{ extraction: Extraction; cost: LaneCost }> {
  const startedAt = performance.now();
  const picture = await decodeImage(bytes);
  const decodeMs = performance.now() - startedAt;
  const clock = createNetworkClock();
  const reading = await readPage(models, picture, clock);
  const today = new Date().toISOString().slice(0, 10);
  const extraction = await understandPage(reading.page, today, async (part) =>
    reading.budget.allowsSecondLook() ? await readAgain(models, reading, part, clock) : undefined,
  );
  const totalMs = performance.now() - startedAt;
  const memory = { rssBytes: process.memoryUsage.rss(), peakBytes: process.resourceUsage().maxRSS * 1024 };
  return { extraction, cost: { decodeMs, networksMs: clock.totalMs(), totalMs, ...memory } };
}

/**
 * Understands a page; where its sums disagree, reads the items once more from closer and keeps what agrees better.
 * @param lookAgain reads a part of the page again, or gives undefined where there is no time for it
 */
export async function understandPage(
  page: Page,
  today: string,
  lookAgain: (part: Region) => Promise<Page | undefined>,
): Promise<Extraction> {
  const first = understand(page, today);
  if (first.checks.itemsAddUp || first.itemPart === undefined) return first.extraction;
  const again = await lookAgain(first.itemPart);
  if (again === undefined) return first.extraction;
  const second = understand(again, today);
  return agreesBetter(second, first) ? second.extraction : first.extraction;
}

function agreesBetter(second: Understanding, first: Understanding): boolean {
  if (second.checks.itemsAddUp) return true;
  const sameTotal = second.extraction.metadata.total_amount === first.extraction.metadata.total_amount;
  return sameTotal && second.checks.explained > first.checks.explained;
}
