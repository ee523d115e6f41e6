import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { createCropper } from '../../src/crop/cropper.ts';
import { cutRegion } from '../../src/crop/cut.ts';
import { bombHeic, PHOTO, photoAvif, turnedHeic } from '../support/pictures/files.ts';
import { LOCKED, photoPdf, twoPagePdf } from '../support/pictures/pdf.ts';

const SMALL = { width: 60, height: 60, fit: 'fill' } as const;

/** How far two pictures are from each other in brightness: 0 is the same, 255 black against white. */
async function distance(one: Buffer, other: Buffer): Promise<number> {
  const [a, b] = await Promise.all([one, other].map((each) => sharp(each).resize(SMALL).greyscale().raw().toBuffer()));
  if (!a || !b) throw new Error('nothing to compare');
  return a.reduce((sum, value, at) => sum + Math.abs(value - (b[at] ?? 0)), 0) / a.length;
}

const REGIONS = [
  { x: 0, y: 0, width: 1, height: 1 },
  { x: 0.1, y: 0.55, width: 0.5, height: 0.25 },
  { x: 0.3, y: 0.1, width: 0.6, height: 0.2 },
];

const cuts = new Map<string, Promise<Buffer>>();

/** The same part of the photo, which every format is held against. */
async function cutOfPhoto(region: (typeof REGIONS)[number], turned: number): Promise<Buffer> {
  const key = JSON.stringify([region, turned]);
  const cut = cuts.get(key) ?? readFile(PHOTO).then((photo) => cutRegion(photo, region, turned));
  cuts.set(key, cut);
  return cut;
}

describe.each([
  ['a HEIC', turnedHeic],
  ['an AVIF', photoAvif],
  ['a PDF', photoPdf],
  ['a PDF of two pages', () => twoPagePdf()],
])('a part of %s', (_name, make) => {
  it.each([0, 90, 180, 270])('[O7] is the same as of the photo, turned by %i°', async (turned) => {
    const bytes = await make();
    for (const region of REGIONS) {
      const cut = await cutRegion(bytes, region, turned);
      const want = await cutOfPhoto(region, turned);
      const [is, was] = await Promise.all([cut, want].map((each) => sharp(each).metadata()));
      expect(is?.format).toBe('jpeg');
      expect(Math.abs((is?.width ?? 0) / (is?.height ?? 1) - (was?.width ?? 0) / (was?.height ?? 1))).toBeLessThan(
        0.03,
      );
      expect(await distance(cut, want)).toBeLessThan(6);
    }
  });
});

describe('the process that cuts', () => {
  const one = (bytes: Buffer) =>
    createCropper().crop(
      (async function* () {
        yield bytes;
      })(),
      { x: 0, y: 0, width: 1, height: 1 },
      0,
    );

  it('[O7] makes a picture of a HEIC and of a PDF that browsers show', async () => {
    for (const bytes of [await turnedHeic(), await photoPdf()]) {
      expect((await sharp(Buffer.from(await one(bytes))).metadata()).format).toBe('jpeg');
    }
  });

  it('[S5] refuses what cannot be drawn', async () => {
    for (const bytes of [await bombHeic(), await photoPdf(LOCKED)]) {
      await expect(one(bytes)).rejects.toMatchObject({ code: 'image_unreadable' });
    }
  });
});
