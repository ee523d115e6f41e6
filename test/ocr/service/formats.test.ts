import { readFile } from 'node:fs/promises';
import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  bombHeic,
  claimingHeif,
  PHOTO,
  PHOTO_TOTAL,
  photoAvif,
  plainHeic,
  turnedHeic,
} from '../../support/pictures/files.ts';
import { LOCKED, pdfOf, photoPdf, SCRIPTED, twoPagePdf } from '../../support/pictures/pdf.ts';
import { startService, type TestService } from '../support/service.ts';

let service: TestService;

beforeAll(async () => {
  service = await startService();
});

afterAll(() => service?.stop());

interface Reading {
  readonly metadata: { readonly total_amount: string | null; readonly confidence: number };
  readonly validation: { readonly errors: string[] };
  readonly evidence: {
    readonly page: { readonly width: number; readonly height: number; readonly turned_degrees: number };
    readonly fields: Record<
      string,
      { readonly region: { readonly x: number; readonly y: number; readonly height: number } }
    >;
  };
}

async function read(bytes: Buffer): Promise<Reading> {
  await service.put('file', bytes);
  const { status, body } = await service.extract('file');
  expect([status, body.code]).toEqual([200, undefined]);
  return body as unknown as Reading;
}

describe('a receipt in another format', () => {
  it.each([
    ['a HEIC of tiles that is to be turned', turnedHeic],
    ['a plain HEIC', plainHeic],
    ['an AVIF', photoAvif],
    ['a PDF', photoPdf],
    ['a PDF with scripts that never end', () => photoPdf(SCRIPTED)],
  ])('[O8] %s is read like the photo', async (_name, make) => {
    const { metadata, evidence } = await read(await make());
    expect(metadata).toMatchObject({
      total_amount: PHOTO_TOTAL,
      purchase_date: '2019-06-10',
      merchant_name: 'Contoso',
    });
    expect(metadata.confidence).toBeGreaterThanOrEqual(0.7);
    expect(evidence.page.turned_degrees).toBe(0);
    expect(evidence.page.height).toBeGreaterThan(evidence.page.width);
  });

  it('[O8] a PDF whose page lies on its side is turned, as a picture is', async () => {
    const lying = await sharp(await readFile(PHOTO))
      .rotate(90)
      .jpeg()
      .toBuffer();
    const { metadata, evidence } = await read(await pdfOf([{ jpeg: lying, width: 540, height: 405 }]));
    expect(metadata.total_amount).toBe(PHOTO_TOTAL);
    expect(evidence.page.turned_degrees).toBe(270);
  });

  it('[O8] a receipt on two pages is read as one, and its total is shown on the second', async () => {
    const { metadata, evidence } = await read(await twoPagePdf());
    expect(metadata.total_amount).toBe(PHOTO_TOTAL);
    const whole = await read(await photoPdf());
    const place = (reading: Reading) => reading.evidence.fields.total_amount?.region.y ?? 0;
    expect(Math.abs(place({ metadata, evidence, validation: { errors: [] } }) - place(whole))).toBeLessThan(0.02);
  });

  it('[O7] evidence of a page that was turned for reading lies where the document has it', async () => {
    const upright = await read(await twoPagePdf());
    const turned = await read(await twoPagePdf({ rotate: 180 }));
    expect(turned.metadata.total_amount).toBe(PHOTO_TOTAL);
    const [from, to] = [upright, turned].map((each) => each.evidence.fields.total_amount?.region);
    // The second page takes the last 34 %: what stood at its top stands at its foot.
    const mirrored = 0.66 + (1 - (from?.y ?? 0)) - (from?.height ?? 0);
    expect(Math.abs((to?.y ?? 0) - mirrored)).toBeLessThan(0.03);
  });

  it('[I17] pages that are not read are said, and keep the reading in doubt', async () => {
    const jpeg = await readFile(PHOTO);
    const { metadata, validation } = await read(await pdfOf([{ jpeg }, {}, {}, {}, {}]));
    expect(metadata.total_amount).toBe(PHOTO_TOTAL);
    expect(metadata.confidence).toBeLessThan(0.7);
    expect(validation.errors).toContain('Only the first 3 of 5 pages were read.');
  });
});

describe('a file that is made to do harm', () => {
  const flood = () => {
    // Packed twice: a few hundred bytes that are megabytes of blanks.
    const bytes = deflateSync(Buffer.alloc(16 * 1024 * 1024, ' '));
    return pdfOf([{ content: { entries: '/Filter[/FlateDecode/FlateDecode]', bytes: deflateSync(bytes) } }]);
  };

  it.each<[string, () => Promise<Buffer>, number, string, string]>([
    ['a HEIC of 142 megapixels that says 640 × 480', bombHeic, 422, 'image_unreadable', 'damaged'],
    [
      'a HEIC that says 2³² pixels a side',
      async () => claimingHeif(await plainHeic(), 2 ** 32 - 1, 2 ** 32 - 1),
      422,
      'image_unreadable',
      'too few',
    ],
    [
      'a HEIC that says 60 megapixels',
      async () => claimingHeif(await plainHeic(), 10_000, 6_000),
      413,
      'image_too_large',
      '10000 × 6000',
    ],
    [
      'an AVIF that says 60 megapixels',
      async () => claimingHeif(await photoAvif(), 10_000, 6_000),
      413,
      'image_too_large',
      '10000 × 6000',
    ],
    ['half a HEIC', async () => (await turnedHeic()).subarray(0, 12_000), 422, 'image_unreadable', 'damaged'],
    ['half an AVIF', async () => (await photoAvif()).subarray(0, 12_000), 422, 'image_unreadable', 'damaged'],
    [
      'a PDF of 100 MB',
      async () => Buffer.concat([await photoPdf(), Buffer.alloc(100 * 1024 * 1024)]),
      413,
      'image_too_large',
      'bytes',
    ],
    ['a PDF of 10,000 pages', () => pdfOf(Array(10_000).fill({})), 413, 'image_too_large', '10000 pages'],
    ['a PDF without a page', () => pdfOf([]), 422, 'image_unreadable', 'no pages'],
    ['a locked PDF', () => photoPdf(LOCKED), 422, 'image_unreadable', 'password'],
    ['the head of a PDF', async () => (await photoPdf()).subarray(0, 40), 422, 'image_unreadable', 'damaged'],
    [
      'a PDF whose page is as thin as a hair',
      () => pdfOf([{ width: 14_000, height: 1 }]),
      413,
      'image_too_large',
      '58333 × 4',
    ],
  ])('[S5] %s is refused with its reason', async (_name, make, status, code, words) => {
    await service.put('harm', await make());
    const answer = await service.extract('harm');
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(answer.body.message).toContain(words);
  });

  it('[S5] a page of kilometres is drawn no larger than any other, and a flood of content ends with its page', async () => {
    const [pid] = await service.lanePids();
    for (const bytes of [await pdfOf([{ width: 200_000, height: 200_000 }]), await flood()]) {
      await service.put('harm', bytes);
      const { status } = await service.extract('harm');
      expect([200, 413, 422, 504]).toContain(status);
    }
    expect((await read(await plainHeic())).metadata.total_amount).toBe(PHOTO_TOTAL);
    expect(await service.lanePids()).toEqual([pid]);
  });
});
