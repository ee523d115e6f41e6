import type { Part } from '../decode/raw.ts';
import { type Place, partOfPage, partOfStack, placesOf } from '../decode/stack.ts';
import { inDoubt } from './fields/confidence.ts';
import type { Pages } from './image/pages.ts';
import type { Page, Region } from './page.ts';
import type { Evidence, Extraction } from './reply.ts';

/** Pages that were read one by one, as one page: the sums of a receipt may lie on two of them. */
export function joinPages(pages: readonly Page[]): Page {
  const places = placesOf(pages);
  const width = Math.max(...pages.map((page) => page.width));
  const height = pages.reduce((sum, page) => sum + page.height, 0);
  const unread = pages.reduce((sum, page) => sum + page.unread, 0);
  let top = 0;
  const lines = pages.flatMap((page, nth) => {
    const [place, offset] = [places[nth], top];
    top += page.height;
    return page.lines.map((line) => ({
      ...line,
      region: place ? partOfStack(line.region, place) : line.region,
      segments: line.segments.map((segment) => ({
        ...segment,
        box: { ...segment.box, cy: segment.box.cy + offset },
      })),
    }));
  });
  return { lines, width, height, turnedDegrees: 0, unread };
}

/**
 * Evidence of joined pages is told in the picture of the pages as the document has them: one may have been turned for reading.
 * @param places of the document's pages
 */
export function asStored(extraction: Extraction, pages: readonly Page[], places: readonly Place[]): Extraction {
  const place = storedBy(pages, places);
  const back = (evidence: Evidence): Evidence => ({ ...evidence, region: place(evidence.region) });
  const { fields, items, page } = extraction.evidence;
  const moved = Object.entries(fields).map(([name, evidence]) => [name, back(evidence)]);
  return { ...extraction, evidence: { page, fields: Object.fromEntries(moved), items: items.map(back) } };
}

/** A part of the joined pages → the same part of the pages as the document has them. */
export function storedBy(pages: readonly Page[], places: readonly Place[]): (region: Region) => Region {
  const upright = placesOf(pages);
  return (region) => {
    const middle = region.y + region.height / 2;
    const last = upright.findLastIndex(({ y }) => y <= middle);
    const nth = Math.max(0, last);
    const [from, to] = [upright[nth], places[nth]];
    if (!from || !to) return region;
    const turned = turnedBack(partOfPage(region, from), pages[nth]?.turnedDegrees ?? 0);
    return rounded(partOfStack(turned, to));
  };
}

/** What stands on pages that were not read may change everything. */
export function doubtedFor(
  extraction: Extraction,
  { places, pageCount }: Pick<Pages, 'places' | 'pageCount'>,
): Extraction {
  if (places.length === pageCount) return extraction;
  return withDoubt(extraction, `Only the first ${places.length} of ${pageCount} pages were read.`);
}

/** A reading with one more reason for a person to look. */
export function withDoubt(extraction: Extraction, doubt: string): Extraction {
  const { metadata, validation } = extraction;
  return {
    ...extraction,
    metadata: { ...metadata, confidence: inDoubt(metadata.confidence, true) },
    validation: {
      ...validation,
      valid: false,
      errors: [...validation.errors, doubt],
      confidence: inDoubt(validation.confidence, true),
    },
  };
}

/** A clockwise quarter turn takes a point (x, y) to (1 − y, x); this takes a rectangle back. */
function turnedBack(part: Part, degrees: number): Part {
  let back = part;
  for (let turns = degrees / 90; turns > 0; turns--) {
    back = { x: back.y, y: 1 - back.x - back.width, width: back.height, height: back.width };
  }
  return back;
}

const rounded = (part: Part): Part => ({
  x: fraction(part.x),
  y: fraction(part.y),
  width: fraction(part.width),
  height: fraction(part.height),
});

const fraction = (value: number) => Math.round(Math.min(1, Math.max(0, value)) * 10_000) / 10_000;
