import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ERRORS } from '../../src/contract/errors.ts';
import { FORMATS_AND, FORMATS_OR, formatOfName, IMAGE_FORMATS } from '../../src/contract/image-formats.ts';
import { sniffImage } from '../../src/ocr/image/sniff.ts';
import { imageKindOf } from '../../src/queue/image/kind.ts';
import { formats, isJpeg, isPng, MAKERS } from '../queue/support/image-parts.ts';
import { photoAvif, plainHeic, turnedHeic } from '../support/pictures/files.ts';
import { photoPdf } from '../support/pictures/pdf.ts';

const root = path.resolve(import.meta.dirname, '../..');
const LISTS = ['README.md', 'docs/http.md', 'docs/mcp.md', 'docs/ocr.md'];

describe('the table of formats', () => {
  it('[O8] names what the door takes, and the reader takes the same', async () => {
    const files: [string, Buffer][] = [
      ...(await Promise.all(
        formats.map(
          async (format): Promise<[string, Buffer]> => [
            isJpeg(format) ? 'jpg' : isPng(format) ? 'png' : 'webp',
            await MAKERS[format](),
          ],
        ),
      )),
      ['heic', await plainHeic()],
      ['heic', await turnedHeic()],
      ['avif', await photoAvif()],
      ['pdf', await photoPdf()],
    ];
    for (const [extension, bytes] of files) {
      expect(await imageKindOf(bytes.subarray(0, 4_100))).toBe(extension);
      expect(sniffImage(bytes)).toBe(extension === 'jpg' ? 'jpeg' : extension);
    }
    expect(new Set(files.map(([extension]) => extension))).toEqual(new Set(Object.keys(IMAGE_FORMATS)));
  });

  it('[O8] is what errors and pages list', async () => {
    expect(ERRORS.unsupported_image.hint).toContain(FORMATS_OR);
    expect(ERRORS.image_unreadable.hint).toContain(FORMATS_OR);
    for (const page of LISTS) {
      const text = await readFile(path.join(root, page), 'utf8');
      const lists = text.match(/JPEG, PNG[A-Za-z, ]*/g) ?? [];
      expect([page, lists.length > 0]).toEqual([page, true]);
      for (const list of lists) {
        const named = Object.values(IMAGE_FORMATS).filter(({ name }) => list.includes(name));
        expect([page, list, named.length]).toEqual([page, list, Object.keys(IMAGE_FORMATS).length]);
      }
    }
    expect(FORMATS_AND).toBe('JPEG, PNG, WebP, HEIC, AVIF and PDF');
  });

  it('[O8] knows the names that files have', () => {
    expect(formatOfName('IMG_0001.HEIC')?.mediaType).toBe('image/heic');
    expect(formatOfName('minio://receipts/ab/cd.jpeg')?.mediaType).toBe('image/jpeg');
    for (const name of ['', 'pdf', 'receipt.pdf.exe', 'receipt.', 'a.toString'])
      expect(formatOfName(name)).toBeUndefined();
  });
});
