import { describe, expect, it } from 'vitest';
import { bombHeic, claimingHeif, photoAvif, plainHeic, turnedHeic } from '../support/pictures/files.ts';
import { LOCKED, pdfOf, photoPdf, SCRIPTED } from '../support/pictures/pdf.ts';
import { decodes, verdictOf } from './support/verdict.ts';

const MAKERS = { 'tiled HEIC': turnedHeic, 'plain HEIC': plainHeic, AVIF: photoAvif } as const;

describe.each(Object.entries(MAKERS))('a %s', (_name, make) => {
  it('[O8] is accepted and decoded as it is, with bytes behind its end, and in any pieces', async () => {
    const bytes = await make();
    for (const size of [7, 1_000, 65_536]) expect(await verdictOf(bytes, size)).toBe('accepted');
    expect(await verdictOf(Buffer.concat([bytes, Buffer.from('a film'.repeat(1_000))]))).toBe('accepted');
    expect(await decodes(bytes)).toBe(true);
  });

  it('[S5] is refused where its head claims a size that is not read', async () => {
    const bytes = await make();
    const claims: [number, number, string][] = [
      [2 ** 32 - 1, 2 ** 32 - 1, 'image_too_large'],
      [8_000, 6_251, 'image_too_large'],
      [20_001, 16, 'image_too_large'],
      [15, 640, 'image_unreadable'],
      [0, 640, 'image_unreadable'],
    ];
    for (const [width, height, code] of claims) {
      expect([width, height, await verdictOf(claimingHeif(bytes, width, height))]).toEqual([width, height, code]);
    }
  });

  it('[S5] cut anywhere is refused before it is stored', async () => {
    const bytes = await make();
    for (const part of [0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.999]) {
      const verdict = await verdictOf(bytes.subarray(0, Math.max(64, Math.floor(bytes.length * part))));
      expect([part, verdict]).toEqual([part, 'image_unreadable']);
    }
  });

  it('[S5] without one of the boxes that its picture needs is refused', async () => {
    const bytes = await make();
    for (const name of ['meta', 'pitm', 'iinf', 'ipco', 'ipma', 'iloc']) {
      const broken = Buffer.from(bytes);
      broken.write('free', broken.indexOf(name));
      expect([name, await verdictOf(broken)]).toEqual([name, 'image_unreadable']);
    }
  });

  it('[S5] with any one byte of its head changed is taken or refused, and nothing else', async () => {
    const bytes = await make();
    const head = Math.min(bytes.indexOf('mdat'), 1_500);
    for (let at = 0; at < head; at += 3) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 0xff;
      expect(await verdictOf(changed)).toMatch(/^(accepted|image_unreadable|image_too_large|unsupported_image)$/);
    }
  });
});

describe('files of the family that are no pictures of ours', () => {
  const branded = (brand: string) => Buffer.from(`\0\0\0\x18ftyp${brand}\0\0\0\0${brand}mp41`, 'latin1');

  it.each(['isom', 'qt  ', 'mif1', 'crx '])('[S5] "%s" is refused by its brand', async (brand) => {
    expect(await verdictOf(Buffer.concat([branded(brand), Buffer.alloc(5_000)]))).toBe('unsupported_image');
  });

  it('[S5] a HEIC whose picture is coded otherwise is refused', async () => {
    const bytes = await plainHeic();
    bytes.write('vvc1', bytes.indexOf('hvc1'));
    expect(await verdictOf(bytes)).toBe('unsupported_image');
  });

  it('[S5] a head of more than a megabyte is refused while it arrives', async () => {
    const bytes = await plainHeic();
    bytes.writeUInt32BE(2 ** 31, bytes.indexOf('meta') - 4);
    expect(await verdictOf(bytes)).toBe('image_unreadable');
  });

  it('[S5] a HEIC of 142 megapixels that says 640 × 480 is not decoded', async () => {
    const bytes = await bombHeic();
    expect(await verdictOf(bytes)).toBe('accepted');
    expect(await decodes(bytes)).toBe(false);
  });
});

describe('a PDF', () => {
  it('[O8] is accepted in any pieces, whatever it holds: the process that draws it decides', async () => {
    for (const bytes of [await photoPdf(), await photoPdf(SCRIPTED), await photoPdf(LOCKED), await pdfOf([])]) {
      for (const size of [7, 1_000, 65_536]) expect(await verdictOf(bytes, size)).toBe('accepted');
    }
  });

  it('[S5] is refused where it ends early, or its end names a place that is not there', async () => {
    const bytes = await photoPdf();
    for (const part of [0.001, 0.5, 0.9, 0.9999]) {
      expect(await verdictOf(bytes.subarray(0, Math.floor(bytes.length * part)))).toBe('image_unreadable');
    }
    const elsewhere = bytes.toString('latin1').replace(/startxref\n\d+/, 'startxref\n999999999');
    expect(await verdictOf(Buffer.from(elsewhere, 'latin1'))).toBe('image_unreadable');
  });
});
