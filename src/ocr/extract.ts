import type { ReadingContext } from './context.ts';
import { asStored, doubtedFor, joinPages, withDoubt } from './document.ts';
import { createNetworkClock, type NetworkClock } from './engine/detect.ts';
import type { Models } from './engine/models.ts';
import { type PageReading, readAgain, readPage } from './engine/read-page.ts';
import { AgentError } from './errors.ts';
import { type Understanding, understand } from './fields/read-receipt.ts';
import { openPages, type Pages } from './image/pages.ts';
import { jpegsOf } from './image/shown.ts';
import type { LaneCost, ShownPage } from './lanes/messages.ts';
import type { Page, Region } from './page.ts';
import type { Extraction } from './reply.ts';
import { type Shown, shownPage } from './shown-page.ts';
import { severalSlips } from './slips/several-slips.ts';

/** What is asked for besides the fields, and what is known besides the picture. */
export interface ReadingOptions {
  readonly withPage?: boolean | undefined;
  readonly country?: string | undefined;
}

/** One file from bytes to fields: decode, read, understand. Throws AgentError for bytes that are no readable picture. */
export async function extract(
  models: Models,
  bytes: Uint8Array,
  { withPage = false, country }: ReadingOptions = {},
): Promise<{ extraction: Extraction; cost: LaneCost; page: ShownPage | undefined }> {
  const startedAt = performance.now();
  const pages = await openPages(bytes);
  let decodeMs = performance.now() - startedAt;
  const clock = createNetworkClock();
  const shown: Shown[] = [];
  const read = async (nth: number): Promise<PageReading> => {
    const from = performance.now();
    const picture = await pages.picture(nth);
    decodeMs += performance.now() - from;
    const reading = await readPage(models, picture, clock);
    if (withPage) shown.push({ page: reading.page, jpegs: await jpegsOf(reading.pixels) });
    return reading;
  };
  const context = { today: new Date().toISOString().slice(0, 10), country };
  const extraction =
    pages.places.length === 1
      ? await understandPicture(models, await read(0), context, clock)
      : await understandDocument(pages, context, async (nth) => (await read(nth)).page);
  const totalMs = performance.now() - startedAt;
  const memory = { rssBytes: process.memoryUsage.rss(), peakBytes: process.resourceUsage().maxRSS * 1024 };
  const cost = { decodeMs, networksMs: clock.totalMs(), totalMs, ...memory };
  return { extraction: doubtedFor(extraction, pages), cost, page: withPage ? shownPage(shown, pages) : undefined };
}

function understandPicture(models: Models, reading: PageReading, context: ReadingContext, clock: NetworkClock) {
  return understandPage(reading.page, context, async (part) =>
    reading.budget.allowsSecondLook() ? await readAgain(models, reading, part, clock).catch(unlessInTime) : undefined,
  );
}

/** A second look that a busy machine cut short leaves the first one as it is. */
function unlessInTime(error: unknown): undefined {
  if (error instanceof AgentError && error.code === 'reading_timeout') return undefined;
  throw error;
}

/** Pages in turn, each at full sharpness, then understood as one; without a second look, as only one is held at a time. */
async function understandDocument(
  pages: Pages,
  context: ReadingContext,
  read: (nth: number) => Promise<Page>,
): Promise<Extraction> {
  const found: Page[] = [];
  for (const nth of pages.places.keys()) found.push(await read(nth));
  const extraction = await understandPage(joinPages(found), context, async () => undefined);
  return asStored(extraction, found, pages.places);
}

/**
 * Understands a page; where its sums disagree, reads the items once more from closer and keeps what agrees better.
 * @param lookAgain reads a part of the page again, or gives undefined where there is no time for it
 */
export async function understandPage(
  page: Page,
  context: ReadingContext,
  lookAgain: (part: Region) => Promise<Page | undefined>,
): Promise<Extraction> {
  const first = understand(page, context);
  const several = severalSlips(page, first, context);
  if (several !== undefined) return withDoubt(understand(several.page, context).extraction, several.doubt);
  if (first.checks.itemsAddUp || first.itemPart === undefined) return first.extraction;
  const again = await lookAgain(first.itemPart);
  if (again === undefined) return first.extraction;
  const second = understand(again, context);
  return agreesBetter(second, first) ? second.extraction : first.extraction;
}

function agreesBetter(second: Understanding, first: Understanding): boolean {
  if (second.checks.itemsAddUp) return true;
  const sameTotal = second.extraction.metadata.total_amount === first.extraction.metadata.total_amount;
  return sameTotal && second.checks.explained > first.checks.explained;
}
