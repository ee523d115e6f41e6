import { joinPages, storedBy } from './document.ts';
import type { Pages } from './image/pages.ts';
import type { ShownPage } from './lanes/messages.ts';
import type { Page } from './page.ts';

/** A page that was read, and how it is sent to a second reader. */
export interface Shown {
  readonly page: Page;
  readonly jpegs: readonly Uint8Array[];
}

/** Of all pages together; models look at a few pictures at once. */
const MAX_PICTURES = 8;

/** What a second reader gets; places are told as evidence tells them. */
export function shownPage(shown: readonly Shown[], { places, pageCount }: Pages): ShownPage {
  const found = shown.map(({ page }) => page);
  const pictures = shown.flatMap(({ jpegs }) => jpegs);
  const [first] = found;
  const whole = found.length === 1 && first ? first : joinPages(found);
  const place = found.length === 1 ? undefined : storedBy(found, places);
  return {
    jpegs: pictures.slice(0, MAX_PICTURES),
    lines: whole.lines.map(({ text, region, confidence }) => ({ text, region: place?.(region) ?? region, confidence })),
    isWhole: whole.unread === 0 && places.length === pageCount && pictures.length <= MAX_PICTURES,
  };
}
