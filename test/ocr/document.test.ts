import { describe, expect, it } from 'vitest';
import { asStored, doubtedFor, joinPages } from '../../src/ocr/document.ts';
import { decodeImage } from '../../src/ocr/image/decode.ts';
import { openPages } from '../../src/ocr/image/pages.ts';
import type { Page } from '../../src/ocr/page.ts';
import type { Extraction } from '../../src/ocr/reply.ts';
import { turnedHeic } from '../support/pictures/files.ts';
import { pdfOf } from '../support/pictures/pdf.ts';

/** Evidence for one field, whose region is a part of two pages one under the other. */
function reading(y: number): Extraction {
  const region = { x: 0.1, y, width: 0.2, height: 0.1 };
  const evidence = { region, reading_confidence: 1, confidence: 0.9, rule: 'total' };
  return {
    metadata: {
      merchant_name: null,
      purchase_date: null,
      total_amount: '1.00',
      tax_amount: null,
      currency: null,
      confidence: 0.9,
    },
    items: [],
    raw_text: '',
    validation: { valid: true, errors: [], warnings: [], confidence: 0.9 },
    evidence: { page: { width: 1, height: 1, turned_degrees: 0 }, fields: { total_amount: evidence }, items: [] },
  };
}

const page = (turnedDegrees: Page['turnedDegrees']): Page => ({
  lines: [],
  width: 100,
  height: 100,
  turnedDegrees,
  unread: 0,
});

const PLACES = [
  { x: 0, y: 0, width: 1, height: 0.5 },
  { x: 0, y: 0.5, width: 1, height: 0.5 },
];

describe('pages of a document', () => {
  it('[O7] evidence on a page that was turned is told as the document has it', () => {
    const regionOf = (turned: Page['turnedDegrees'], y: number) =>
      asStored(reading(y), [page(0), page(turned)], PLACES).evidence.fields.total_amount?.region;
    expect(regionOf(0, 0.6)).toEqual({ x: 0.1, y: 0.6, width: 0.2, height: 0.1 });
    expect(regionOf(180, 0.6)).toEqual({ x: 0.7, y: 0.8, width: 0.2, height: 0.1 });
    // On its side: what stood 20 % from the top of its page stands 20 % from its left.
    expect(regionOf(90, 0.6)).toEqual({ x: 0.2, y: 0.85, width: 0.2, height: 0.1 });
    expect(regionOf(180, 0.2)).toEqual({ x: 0.1, y: 0.2, width: 0.2, height: 0.1 });
  });

  it('are joined with the height of each', () => {
    expect(joinPages([page(0), { ...page(0), height: 50, unread: 3 }])).toMatchObject({
      width: 100,
      height: 150,
      unread: 3,
      turnedDegrees: 0,
    });
  });

  it('[I17] that are not read keep a certain reading in doubt, and say so', () => {
    expect(doubtedFor(reading(0), { places: PLACES, pageCount: 2 })).toEqual(reading(0));
    const { metadata, validation } = doubtedFor(reading(0), { places: PLACES, pageCount: 3 });
    expect(metadata.confidence).toBeLessThan(0.7);
    expect(validation).toMatchObject({ valid: false, errors: ['Only the first 2 of 3 pages were read.'] });
  });

  it('[S5] beyond twenty are refused before any is drawn', async () => {
    expect((await openPages(await pdfOf(Array(20).fill({})))).places).toHaveLength(3);
    await expect(openPages(await pdfOf(Array(21).fill({})))).rejects.toMatchObject({ code: 'image_too_large' });
  });
});

describe('half a HEIC', () => {
  it('[I17] is not read as a whole one', async () => {
    const bytes = await turnedHeic();
    for (const part of [0.4, 0.7, 0.95]) {
      const cut = decodeImage(bytes.subarray(0, Math.floor(bytes.length * part)));
      await expect(cut).rejects.toMatchObject({ code: 'image_unreadable' });
    }
  });
});
