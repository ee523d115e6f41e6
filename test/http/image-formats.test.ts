import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { PHOTO, photoAvif, turnedHeic } from '../support/pictures/files.ts';
import { photoPdf } from '../support/pictures/pdf.ts';
import { useHttpQueue } from './support/http-queue.ts';

const server = useHttpQueue();

async function upload(bytes: Buffer): Promise<number> {
  const form = new FormData();
  form.append('file', new Blob([bytes as Uint8Array<ArrayBuffer>]), 'receipt.bin');
  const response = await server.current.fetch('/receipts', { method: 'POST', body: form });
  expect(response.ok).toBe(true);
  return ((await response.json()) as { id: number }).id;
}

const imageOf = (id: number, query = '') => server.current.fetch(`/receipts/${id}/image${query}`);
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer());

describe('the image of a receipt that browsers do not show', () => {
  it.each([
    ['a HEIC', turnedHeic, 'image/heic'],
    ['a PDF', photoPdf, 'application/pdf'],
  ])(
    '[O7] %s comes as a JPEG, whole and in part, and as it was stored where that is asked',
    async (_name, make, type) => {
      const bytes = await make();
      const id = await upload(bytes);
      const shown = await imageOf(id);
      expect([shown.status, shown.headers.get('content-type')]).toEqual([200, 'image/jpeg']);
      expect((await sharp(await bytesOf(shown)).metadata()).format).toBe('jpeg');
      const part = await sharp(await bytesOf(await imageOf(id, '?region=0,0,1,0.5'))).metadata();
      expect(part.width / part.height).toBeGreaterThan(1);
      const stored = await imageOf(id, '?form=stored');
      expect(stored.headers.get('content-type')).toBe(type);
      expect(stored.headers.get('content-disposition')).toBe('attachment');
      expect((await bytesOf(stored)).equals(bytes)).toBe(true);
    },
  );

  it.each([
    ['an AVIF', photoAvif, 'image/avif'],
    ['a JPEG', () => readFile(PHOTO), 'image/jpeg'],
  ])('[O7] %s comes as it is', async (_name, make, type) => {
    const bytes = await make();
    const response = await imageOf(await upload(bytes));
    expect(response.headers.get('content-type')).toBe(type);
    expect((await bytesOf(response)).equals(bytes)).toBe(true);
  });

  it('is not asked for in part and as stored at once', async () => {
    const response = await imageOf(await upload(await turnedHeic()), '?form=stored&region=0,0,1,1');
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ code: 'invalid_argument', errors: [{ pointer: '/form' }] });
  });
});

describe('[S5] a file that is a picture and a page', () => {
  const SCRIPT = '<html><script>fetch("/receipts")</script></html>';

  it('[S5] is given as an attachment that no browser guesses at or runs, and made anew in every other form', async () => {
    const polyglot = Buffer.concat([await readFile(PHOTO), Buffer.from(SCRIPT)]);
    const form = new FormData();
    form.append('file', new Blob([polyglot as Uint8Array<ArrayBuffer>], { type: 'text/html' }), 'receipt.html');
    const added = await server.current.fetch('/receipts', { method: 'POST', body: form });
    expect(added.ok).toBe(true);
    const { id } = (await added.json()) as { id: number };
    for (const query of ['', '?form=stored']) {
      const { headers } = await imageOf(id, query);
      expect(headers.get('content-type')).toBe('image/jpeg');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-disposition')).toBe('attachment');
      expect(headers.get('content-security-policy')).toBe("default-src 'none'; sandbox");
    }
    for (const query of ['?region=0,0,1,1', '?region=0.1,0.1,0.5,0.5']) {
      const made = await bytesOf(await imageOf(id, query));
      expect(made.includes('<script')).toBe(false);
      expect((await sharp(made).metadata()).exif).toBeUndefined();
    }
  });
});
