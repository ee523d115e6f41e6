import type { PDFiumDocument } from '@hyzyla/pdfium';
import { collectModules } from './modules.ts';
import { DecodeError, type Raw } from './raw.ts';

/** Of a document. A receipt is one page, or a few; more are said, and not read. */
const PDF_LIMITS = { maxPages: 20, readPages: 3, dotsPerInch: 300 } as const;

const POINTS_PER_INCH = 72;

/** In points; a page that cannot be opened has no size. */
interface PageSize {
  readonly width: number;
  readonly height: number;
}

/** A document whose first pages can be drawn, one at a time. */
export interface Pdf {
  readonly pageCount: number;
  /** Of the first pages: those that are read. */
  readonly pages: readonly PageSize[];
  /** @param longestSide in pixels; of a small page it is less, as it is drawn at 300 dots an inch at most */
  draw(nth: number, longestSide: (width: number, height: number) => number): Promise<Raw>;
  /** Lets go of the document; nothing is drawn after it. */
  close(): void;
}

/**
 * Opens a document. Its scripts are not run and its forms are not filled in. Each call has a module of its own, for memory of
 * WebAssembly never shrinks.
 * @throws DecodeError where it is damaged, locked, empty or longer than a receipt
 */
export async function openPdf(file: Uint8Array): Promise<Pdf> {
  const { PDFiumLibrary } = await import('@hyzyla/pdfium');
  const library = await PDFiumLibrary.init();
  const document = await library.loadDocument(file).catch((cause: unknown) => {
    throw new DecodeError('unreadable', whyUnopened(cause), cause);
  });
  const pageCount = document.getPageCount();
  if (pageCount < 1) throw new DecodeError('unreadable', 'The PDF has no pages.');
  if (pageCount > PDF_LIMITS.maxPages) {
    throw new DecodeError('too_large', `The PDF has ${pageCount} pages; at most ${PDF_LIMITS.maxPages} are taken.`);
  }
  const pages = Array.from({ length: Math.min(pageCount, PDF_LIMITS.readPages) }, (_, nth) => sizeOf(document, nth));
  let open: PDFiumDocument | undefined = document;
  return {
    pageCount,
    pages,
    async draw(nth, longestSide) {
      if (!open) throw new DecodeError('unreadable', 'The PDF is closed.');
      return draw(open, nth, longestSide);
    },
    close() {
      open = undefined;
      collectModules();
    },
  };
}

function whyUnopened(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : '';
  return /password|security/i.test(text)
    ? 'The PDF is locked with a password.'
    : 'The PDF is damaged or ends too early.';
}

function sizeOf(document: PDFiumDocument, nth: number): PageSize {
  const { originalWidth: width, originalHeight: height } = document.getPage(nth).getOriginalSize();
  if (!(width >= 1 && height >= 1 && Number.isFinite(width * height))) {
    throw new DecodeError('unreadable', `Page ${nth + 1} of the PDF has no size.`);
  }
  return { width, height };
}

async function draw(
  document: PDFiumDocument,
  nth: number,
  longestSide: (width: number, height: number) => number,
): Promise<Raw> {
  const size = sizeOf(document, nth);
  const dots = PDF_LIMITS.dotsPerInch / POINTS_PER_INCH;
  const side = longestSide(size.width * dots, size.height * dots);
  const scale = Math.min(dots, side / Math.max(size.width, size.height));
  const { width, height, data } = await document
    .getPage(nth)
    .render({
      width: Math.max(1, Math.round(size.width * scale)),
      height: Math.max(1, Math.round(size.height * scale)),
      scale: 1,
      render: 'bitmap',
    })
    .catch((cause: unknown) => {
      throw new DecodeError('unreadable', `Page ${nth + 1} of the PDF cannot be drawn.`, cause);
    });
  return { width, height, data: withoutAlpha(data) };
}

/** The page was drawn on white. */
function withoutAlpha(rgba: Uint8Array): Uint8Array {
  const data = new Uint8Array((rgba.length / 4) * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    data[to] = rgba[from] ?? 0;
    data[to + 1] = rgba[from + 1] ?? 0;
    data[to + 2] = rgba[from + 2] ?? 0;
  }
  return data;
}
