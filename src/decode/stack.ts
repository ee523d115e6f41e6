import type { Pdf } from './pdf.ts';
import { type Part, pixelsOf, type Raw } from './raw.ts';

/** Where one page lies in the picture of all that are read, one under another on the left. */
export interface Place extends Part {}

/** Places of pages by their sizes, whatever the unit. */
export function placesOf(sizes: readonly { readonly width: number; readonly height: number }[]): Place[] {
  const width = Math.max(...sizes.map((size) => size.width));
  const height = sizes.reduce((sum, size) => sum + size.height, 0);
  let top = 0;
  return sizes.map((size) => {
    const place = { x: 0, y: top / height, width: size.width / width, height: size.height / height };
    top += size.height;
    return place;
  });
}

/** A part that lies in the page's place → the same part of the page; cut to the page. */
export function partOfPage(part: Part, place: Place): Part {
  const left = clamp((part.x - place.x) / place.width);
  const top = clamp((part.y - place.y) / place.height);
  const right = clamp((part.x + part.width - place.x) / place.width);
  const bottom = clamp((part.y + part.height - place.y) / place.height);
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/** The other way round. */
export function partOfStack(part: Part, place: Place): Part {
  return {
    x: place.x + part.x * place.width,
    y: place.y + part.y * place.height,
    width: part.width * place.width,
    height: part.height * place.height,
  };
}

const clamp = (value: number) => Math.min(1, Math.max(0, value));

/**
 * Draws a part of the pages that are read, one under another.
 * @param longestSide of the picture of all of them
 */
export async function drawPart(
  pdf: Pdf,
  part: Part,
  longestSide: (width: number, height: number) => number,
): Promise<Raw> {
  const places = placesOf(pdf.pages);
  const touched = places.flatMap((place, nth) => {
    const own = partOfPage(part, place);
    return own.width > 0 && own.height > 0 ? [{ nth, own }] : [];
  });
  const [only] = touched;
  if (only && touched.length === 1) return cutOut(await pdf.draw(only.nth, longestSide), only.own);
  const width = Math.max(...pdf.pages.map((page) => page.width));
  const height = pdf.pages.reduce((sum, page) => sum + page.height, 0);
  // All pages by one measure: what the longest side of the whole stack may have, in pixels a point.
  const scale = longestSide(width * 300, height * 300) / Math.max(width, height);
  const drawn: Raw[] = [];
  for (const { nth, own } of touched) {
    drawn.push(cutOut(await pdf.draw(nth, () => Math.max(1, Math.round(scale * longest(pdf.pages[nth])))), own));
  }
  return stacked(drawn);
}

const longest = (page: { readonly width: number; readonly height: number } | undefined) =>
  page ? Math.max(page.width, page.height) : 1;

function cutOut(raw: Raw, part: Part): Raw {
  const { left, top, width, height } = pixelsOf(part, raw.width, raw.height);
  if (width === raw.width && height === raw.height) return raw;
  const data = new Uint8Array(width * height * 3);
  for (let row = 0; row < height; row++) {
    const from = ((top + row) * raw.width + left) * 3;
    data.set(raw.data.subarray(from, from + width * 3), row * width * 3);
  }
  return { width, height, data };
}

function stacked(pieces: readonly Raw[]): Raw {
  const width = Math.max(...pieces.map((piece) => piece.width));
  const height = pieces.reduce((sum, piece) => sum + piece.height, 0);
  const data = new Uint8Array(width * height * 3).fill(255);
  let row = 0;
  for (const piece of pieces) {
    for (let y = 0; y < piece.height; y++, row++) {
      data.set(piece.data.subarray(y * piece.width * 3, (y + 1) * piece.width * 3), row * width * 3);
    }
  }
  return { width, height, data };
}
