import { symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { footOf } from '../support/foot.ts';
import { landscape, OTHER_SCRIPTS, pageIn } from '../support/scenes.ts';
import { startService, type TestService } from '../support/service.ts';

const DEMO = 'assets/receipts/contoso-receipt-2.jpg';
/** Everything on it is still read, in half the time of the whole. */
const PHOTO_WIDTH = 600;

let service: TestService;
let photo: Buffer;

beforeAll(async () => {
  service = await startService();
  photo = await sharp(DEMO).resize({ width: PHOTO_WIDTH }).jpeg({ quality: 90 }).toBuffer();
  await service.put('good.jpg', await footOf(photo));
});

afterAll(() => service?.stop());

const blank = (background: string, width = 600, height = 900) =>
  sharp({ create: { width, height, channels: 3, background } });

/** A PNG that says it is huge and holds next to nothing. */
function pngOfSize(width: number, height: number): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const framed = Buffer.alloc(body.length + 8);
    framed.writeUInt32BE(data.length, 0);
    body.copy(framed, 4);
    framed.writeUInt32BE(crc32(body), body.length + 4);
    return framed;
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([1, 0, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const rows = deflateSync(Buffer.alloc(1024));
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', rows), chunk('IEND', Buffer.alloc(0))]);
}

function crc32(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

async function readsTheNext(): Promise<void> {
  const next = await service.extract('good.jpg');
  expect(next.status).toBe(200);
  expect(next.body.metadata).toMatchObject({ total_amount: '2516.28' });
}

describe('images that cannot be read', () => {
  const refused: Record<string, { bytes: () => Promise<Buffer> | Buffer; status: number; code: string }> = {
    'a decompression bomb': { bytes: () => pngOfSize(19_000, 19_000), status: 413, code: 'image_too_large' },
    '60 megapixels': {
      bytes: () => blank('#fff', 10_000, 6_000).png().toBuffer(),
      status: 413,
      code: 'image_too_large',
    },
    '1 × 20,000 pixels': {
      bytes: () => blank('#fff', 1, 20_000).png().toBuffer(),
      status: 422,
      code: 'image_unreadable',
    },
    'a truncated JPEG': { bytes: () => photo.subarray(0, photo.length / 3), status: 422, code: 'image_unreadable' },
    text: { bytes: () => Buffer.from('TOTAL 12.00'), status: 415, code: 'unsupported_image' },
    'an empty file': { bytes: () => Buffer.alloc(0), status: 415, code: 'unsupported_image' },
    'an SVG': {
      bytes: () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'),
      status: 415,
      code: 'unsupported_image',
    },
    'more than 20 MB': { bytes: () => Buffer.alloc(21 * 1024 * 1024, 0xff), status: 413, code: 'image_too_large' },
  };
  it.each(Object.entries(refused))(
    'refuses %s with a code and reads the next image',
    async (_, { bytes, status, code }) => {
      await service.put('bad', await bytes());
      const answer = await service.extract('bad');
      expect(answer.body).toMatchObject({ code });
      expect(answer.status).toBe(status);
      expect(JSON.stringify(answer.body)).not.toContain(service.imageDir);
      await readsTheNext();
    },
  );
});

describe('images without a receipt', () => {
  const noise = () =>
    sharp(Buffer.from(Array.from({ length: 400 * 400 * 3 }, (_, i) => (i * 7919) % 251)), {
      raw: { width: 400, height: 400, channels: 3 },
    });
  const empty: Record<string, () => Promise<Buffer>> = {
    'all black': () => blank('#000').jpeg().toBuffer(),
    'all white': () => blank('#fff').png().toBuffer(),
    noise: () => noise().png().toBuffer(),
    'a photograph without a receipt': landscape,
    ...Object.fromEntries(OTHER_SCRIPTS.map((script) => [`${script} print`, () => pageIn(script)])),
  };
  it.each(Object.entries(empty))(
    'answers %s with an empty reading of low confidence and reads the next image',
    async (_, bytes) => {
      await service.put('empty', await bytes());
      const { status, body } = await service.extract('empty');
      expect(status).toBe(200);
      expect(body.metadata).toEqual({
        merchant_name: null,
        purchase_date: null,
        total_amount: null,
        tax_amount: null,
        currency: null,
        confidence: expect.any(Number),
      });
      expect((body.metadata as { confidence: number }).confidence).toBeLessThan(0.1);
      expect(body.items).toEqual([]);
      expect(body.validation).toMatchObject({ valid: false });
      await readsTheNext();
    },
  );
});

describe('unusual images of a receipt', () => {
  /** Black ink alone: as dark as the print, and nothing where the paper is. */
  async function ink(image: Buffer): Promise<Buffer> {
    const { data, info } = await sharp(image).greyscale().negate().raw().toBuffer({ resolveWithObject: true });
    const { width, height } = info;
    return sharp({ create: { width, height, channels: 3, background: '#000' } })
      .joinChannel(data, { raw: { width, height, channels: 1 } })
      .png()
      .toBuffer();
  }
  async function animation(image: Buffer): Promise<Buffer> {
    const first = await sharp(image).png().toBuffer();
    const second = await sharp(first).negate().png().toBuffer();
    return sharp([first, second], { join: { animated: true } })
      .gif()
      .toBuffer();
  }
  const forms: Record<string, { make: (image: Buffer) => Promise<Buffer>; is: object }> = {
    CMYK: { make: (image) => sharp(image).toColourspace('cmyk').jpeg().toBuffer(), is: { space: 'cmyk', channels: 4 } },
    '16-bit PNG': { make: (image) => sharp(image).toColourspace('rgb16').png().toBuffer(), is: { depth: 'ushort' } },
    'an animation': { make: animation, is: { format: 'gif', pages: 2 } },
    'EXIF-turned': {
      make: (image) => sharp(image).rotate(270).withMetadata({ orientation: 6 }).jpeg().toBuffer(),
      is: { orientation: 6 },
    },
    'a transparent PNG': { make: ink, is: { format: 'png', hasAlpha: true } },
    WebP: { make: (image) => sharp(image).webp().toBuffer(), is: { format: 'webp' } },
    grey: { make: (image) => sharp(image).toColourspace('b-w').jpeg().toBuffer(), is: { channels: 1 } },
  };
  it.each(Object.entries(forms))('reads %s like any other', async (_, { make, is }) => {
    const bytes = await make(photo);
    expect(await sharp(bytes).metadata()).toMatchObject(is);
    await service.put('form', bytes);
    const { status, body } = await service.extract('form');
    expect(status).toBe(200);
    expect(body.metadata).toMatchObject({ merchant_name: 'Contoso', total_amount: '2516.28' });
  });
});

describe('requests that name no image of the store', () => {
  it.each([
    'http://example.org/a.jpg',
    'file:///etc/passwd',
    'minio://receipts/../../etc/passwd',
    'minio://receipts/a/../../b',
    'minio://receipts//etc/passwd',
    'minio://../receipts/good.jpg',
    'minio://receipts/a\\..\\b',
    'good.jpg',
    '',
  ])('refuses the path %j', async (image_path) => {
    const { status, body } = await service.post({ receipt_id: 1, image_path, user_id: 1 });
    expect(status).toBe(422);
    expect(body.code).toBe('invalid_argument');
  });

  it('refuses a link that leads out of the store', async () => {
    const secret = path.join(service.imageDir, '..', `secret-${process.pid}.jpg`);
    await writeFile(secret, photo);
    await symlink(secret, path.join(service.imageDir, 'receipts', 'link.jpg'));
    expect((await service.extract('link.jpg')).body.code).toBe('invalid_argument');
  });

  it('says which image is missing by code alone', async () => {
    const { status, body } = await service.extract('nowhere.jpg');
    expect([status, body.code]).toEqual([422, 'image_missing']);
  });

  it.each([0, -1, 1.5, 2 ** 53 + 1, '17abc', null])('refuses the receipt id %j and names the field', async (id) => {
    const { status, body } = await service.extract('good.jpg', { receipt_id: id });
    expect(status).toBe(422);
    expect(body.message).toContain('receipt_id');
  });

  it('refuses an address on an origin nobody allowed', async () => {
    const open = await startService(['--image-url-origin', 'http://127.0.0.1:9']);
    try {
      const image_url = 'http://169.254.169.254/latest/meta-data';
      expect((await open.extract('good.jpg', { image_url })).body.code).toBe('invalid_argument');
    } finally {
      await open.stop();
    }
  });

  it('refuses a body that is not JSON, and one that is too large', async () => {
    expect((await service.post('{')).status).toBe(422);
    expect((await service.post({ pad: 'x'.repeat(70_000) })).status).toBe(413);
  });
});
