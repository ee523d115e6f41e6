import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '../../src/contract/errors.ts';
import type { Blobs } from '../../src/ports.ts';
import { pieces } from '../http/support/images.ts';

/** A store under test, and what a test must reach behind its back. */
export interface StoreUnderTest {
  readonly blobs: Blobs;
  /** What lies in the store under keys of images. */
  keys(): Promise<string[]>;
  /** What is there besides: uploads and removals on their way. */
  leftovers(): Promise<string[]>;
  /** Writes an object as somebody else would. */
  plant(key: string, bytes: Uint8Array): Promise<void>;
}

const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
export const keyOf = (bytes: Uint8Array) => `${sha256Of(bytes).slice(0, 2)}/${sha256Of(bytes)}.jpg`;

export async function readAll(blobs: Blobs, path: string): Promise<Buffer | undefined> {
  const found = await blobs.read(path);
  if (!found) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of found.bytes) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const named = async () => true;
const unnamed = async () => false;

let made = 0;
/** Bytes that no other test stores. */
const content = () => Buffer.from(`the bytes of image ${++made}, of ${process.pid}`);

/** What every store of images promises. */
export function storesImages(kind: string, open: () => Promise<StoreUnderTest>): void {
  let store: StoreUnderTest;
  let blobs: Blobs;
  beforeAll(async () => {
    store = await open();
    blobs = store.blobs;
  });
  const put = (bytes: Buffer, maxBytes = 100_000) => blobs.put(pieces(bytes, 5), 'jpg', maxBytes);

  describe(`a stored image (${kind})`, () => {
    it('lies under its hash and is read back as it was', async () => {
      const bytes = content();
      const stored = await put(bytes);
      expect(stored).toEqual({
        sha256: sha256Of(bytes),
        bytes: bytes.length,
        path: `minio://receipts/${keyOf(bytes)}`,
      });
      expect(await readAll(blobs, stored.path)).toEqual(bytes);
      expect((await blobs.read(stored.path))?.size).toBe(bytes.length);
      expect(await blobs.exists(stored.path)).toBe(true);
      expect(await store.leftovers()).toEqual([]);
    });

    it('is one object when it is stored by many at once', async () => {
      const bytes = content();
      const all = await Promise.all(Array.from({ length: 10 }, () => put(bytes)));
      expect(new Set(all.map(({ path }) => path)).size).toBe(1);
      expect((await store.keys()).filter((key) => key === keyOf(bytes))).toHaveLength(1);
      expect(await store.leftovers()).toEqual([]);
    });

    it('is announced before it is there, and is not stored when that fails', async () => {
      const bytes = content();
      const path = `minio://receipts/${keyOf(bytes)}`;
      const seen: unknown[] = [];
      const look = async (announced: string) => void seen.push(announced, await blobs.exists(announced));
      await blobs.put(pieces(bytes, 5), 'jpg', 1_000, look);
      expect(seen).toEqual([path, false]);

      const other = content();
      const refuse = () => Promise.reject(new AppError('ledger_unavailable', 'away'));
      await expect(blobs.put(pieces(other, 5), 'jpg', 1_000, refuse)).rejects.toMatchObject({
        code: 'ledger_unavailable',
      });
      expect(await blobs.exists(`minio://receipts/${keyOf(other)}`)).toBe(false);
      expect(await store.leftovers()).toEqual([]);
    });

    it('that was changed in the store is never read to its end, and the same upload heals one that was cut', async () => {
      const bytes = content();
      const { path } = await put(bytes);
      await store.plant(keyOf(bytes), Buffer.from(bytes.toString().toUpperCase()));
      const read: Uint8Array[] = [];
      const reading = async () => {
        for await (const chunk of (await blobs.read(path))?.bytes ?? []) read.push(chunk);
      };
      await expect(reading()).rejects.toMatchObject({ code: 'image_unreadable' });
      expect(Buffer.concat(read).length).toBeLessThan(bytes.length);

      await store.plant(keyOf(bytes), bytes.subarray(3));
      await put(bytes);
      expect(await readAll(blobs, path)).toEqual(bytes);
    });

    it('of an adopted receipt is read where it lies, whatever its key', async () => {
      await store.plant('2024/01/a_b-c.jpeg', Buffer.from('adopted'));
      expect(await readAll(blobs, 'minio://receipts/2024/01/a_b-c.jpeg')).toEqual(Buffer.from('adopted'));
      expect(await blobs.read('minio://receipts/2024/01')).toBeUndefined();
      expect(await blobs.exists('minio://receipts/2024/01')).toBe(false);
    });
  });

  describe(`an upload that does not end well (${kind})`, () => {
    it('leaves nothing behind when it is too large', async () => {
      const bytes = content();
      await expect(put(bytes, 10)).rejects.toMatchObject({ code: 'image_too_large' });
      expect(await store.leftovers()).toEqual([]);
      expect(await store.keys()).not.toContain(keyOf(bytes));
    });

    it('keeps the error of its bytes', async () => {
      async function* broken(): AsyncGenerator<Uint8Array> {
        yield content();
        throw new AppError('image_unreadable', 'It ends early.');
      }
      await expect(blobs.put(broken(), 'jpg', 1_000)).rejects.toMatchObject({ code: 'image_unreadable' });
      expect(await store.leftovers()).toEqual([]);
    });

    it('says that the disk is full', async () => {
      async function* full(): AsyncGenerator<Uint8Array> {
        yield content();
        throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
      }
      await expect(blobs.put(full(), 'jpg', 1_000)).rejects.toMatchObject({ code: 'storage_full' });
    });
  });

  describe(`a removal (${kind})`, () => {
    it('takes away what nobody names, once', async () => {
      const { path } = await put(content());
      expect(await blobs.remove(path, named)).toBe(false);
      expect(await blobs.exists(path)).toBe(true);
      expect(await blobs.remove(path, unnamed)).toBe(true);
      expect(await blobs.exists(path)).toBe(false);
      expect(await blobs.read(path)).toBeUndefined();
      expect(await blobs.remove(path, unnamed)).toBe(false);
      expect(await store.leftovers()).toEqual([]);
    });

    it('asks again once nobody can find the image, and gives back what a receipt named meanwhile', async () => {
      const bytes = content();
      const { path } = await put(bytes);
      const found: boolean[] = [];
      const isNamed = async () => found.push(await blobs.exists(path)) > 1;
      expect(await blobs.remove(path, isNamed)).toBe(false);
      expect(found).toEqual([true, false]);
      expect(await readAll(blobs, path)).toEqual(bytes);
      expect(await store.leftovers()).toEqual([]);
    });

    it('gives the image back when it cannot be known whether a receipt names it', async () => {
      const bytes = content();
      const { path } = await put(bytes);
      let asked = 0;
      const isNamed = async () => {
        if (++asked > 1) throw new AppError('ledger_unavailable', 'away');
        return false;
      };
      await expect(blobs.remove(path, isNamed)).rejects.toMatchObject({ code: 'ledger_unavailable' });
      expect(await readAll(blobs, path)).toEqual(bytes);
      expect(await store.leftovers()).toEqual([]);
    });
  });

  describe(`a path (${kind})`, () => {
    it.each([
      'minio://receipts/abc123.jpg',
      `minio://receipts/ab/${'0'.repeat(64)}.jpg`,
      'minio://receipts/2024/01/a_b-c.jpeg',
    ])('of ours is taken: %s', (blobPath) => expect(blobs.owns(blobPath)).toBe(true));

    const foreign = [
      ...['http://127.0.0.1/x.jpg', 'https://example.org/x.jpg', 'file:///etc/passwd', '/etc/passwd', 'etc/passwd', ''],
      ...[
        'minio://other/x.jpg',
        'minio://receipts',
        'minio://receipts/',
        'minio:///receipts/x.jpg',
        'MINIO://receipts/x',
      ],
      ...['minio://receipts@evil/x.jpg', 'minio://receipts:9000/x.jpg', 'minio://evil/receipts/x.jpg'],
      ...[
        'minio://receipts/../x.jpg',
        'minio://receipts/a/../../x.jpg',
        'minio://receipts/./x.jpg',
        'minio://receipts/..',
      ],
      ...[
        'minio://receipts//x.jpg',
        'minio://receipts//etc/passwd',
        'minio://receipts/a//x.jpg',
        'minio://receipts/x/',
      ],
      ...['minio://receipts/..%2fx.jpg', 'minio://receipts/%2e%2e/x.jpg', 'minio://receipts/x%00.jpg'],
      ...[
        'minio://receipts/x\0.jpg',
        'minio://receipts/a\\..\\x.jpg',
        'minio://receipts/x.jpg?a=b',
        'minio://receipts/x#a',
      ],
      ...[
        'minio://receipts/.incoming/x',
        'minio://receipts/.hidden',
        'minio://receipts/x .jpg',
        ' minio://receipts/x.jpg',
      ],
      ...[
        'minio://receipts/x.jpg\n',
        'minio://receipts/ｘ.jpg',
        's3://receipts/x.jpg',
        `minio://receipts/${'x'.repeat(600)}`,
      ],
      ...[
        'minio://.incoming/x.jpg',
        'minio://receipts/../.incoming/x',
        'minio://receipts/C:/x.jpg',
        'data:image/png;base64,',
      ],
    ];
    it.each(foreign)('elsewhere is not ours, and is never opened: %j', async (blobPath) => {
      expect(blobs.owns(blobPath)).toBe(false);
      expect(await blobs.exists(blobPath)).toBe(false);
      expect(await blobs.read(blobPath)).toBeUndefined();
    });
  });
}
