import { describe, expect, it } from 'vitest';
import { checkImage } from '../../src/queue/image/check.ts';
import { picture, pieces, receiptPhoto } from '../http/support/images.ts';

async function read(bytes: Uint8Array, size = 1_000): Promise<{ extension: string; bytes: Buffer }> {
  const image = await checkImage(pieces(bytes, size));
  const chunks: Uint8Array[] = [];
  for await (const chunk of image.bytes) chunks.push(chunk);
  return { extension: image.extension, bytes: Buffer.concat(chunks) };
}

const kinds = [
  ['a photograph', 'jpg', async () => receiptPhoto],
  ['a JPEG', 'jpg', () => picture('jpeg')],
  ['a progressive JPEG', 'jpg', () => picture('jpeg', { progressive: true })],
  ['a PNG', 'png', () => picture('png')],
  ['a WebP', 'webp', () => picture('webp')],
] as const;

describe.each(kinds)('%s', (_name, extension, make) => {
  it.each([1, 7, 1_000, 65_536])('passes unchanged in pieces of %i bytes', async (size) => {
    const bytes = (await make()).subarray();
    const small = size === 1 ? bytes.length < 100_000 : true;
    if (!small) return;
    expect(await read(bytes, size)).toEqual({ extension, bytes });
  });

  it('is refused when it ends early, wherever it ends', async () => {
    const bytes = await make();
    for (const part of [0.2, 0.5, 0.9]) {
      const cut = bytes.subarray(0, Math.floor(bytes.length * part));
      await expect(read(cut)).rejects.toMatchObject({ code: 'image_unreadable' });
    }
  });

  it('may have more bytes behind its end, as telephones append them', async () => {
    const bytes = Buffer.concat([await make(), Buffer.from('a film')]);
    expect((await read(bytes)).bytes).toEqual(bytes);
  });
});

it('does not take the end of a preview inside a JPEG for the end of the image', async () => {
  const preview = await picture('jpeg');
  const image = await picture('jpeg');
  const segment = Buffer.concat([Buffer.from([0xff, 0xe1, 0, 0]), preview]);
  segment.writeUInt16BE(preview.length + 2, 2);
  const whole = Buffer.concat([image.subarray(0, 2), segment, image.subarray(2)]);
  expect((await read(whole)).bytes).toEqual(whole);
  await expect(read(whole.subarray(0, whole.length - Math.floor(image.length / 2)))).rejects.toMatchObject({
    code: 'image_unreadable',
  });
});

it.each([
  ['an SVG', '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', 'application/xml'],
  ['a GIF', 'GIF89a\x01\0\x01\0\0\0\0;', 'image/gif'],
  ['a text', 'not an image at all', 'no image'],
  ['a page', '<!doctype html><script>alert(1)</script>', 'no image'],
])('refuses %s by its bytes', async (_name, content, what) => {
  await expect(read(Buffer.from(content, 'latin1'))).rejects.toMatchObject({
    code: 'unsupported_image',
    message: expect.stringContaining(what),
  });
});

it('refuses an empty file as unreadable', async () => {
  await expect(read(Buffer.alloc(0))).rejects.toMatchObject({ code: 'image_unreadable' });
});
