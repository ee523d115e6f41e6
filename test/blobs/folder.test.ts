import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFolderBlobs } from '../../src/blobs/folder.ts';
import { AppError } from '../../src/contract/errors.ts';
import type { Blobs } from '../../src/ports.ts';
import { pieces } from '../http/support/images.ts';

let dir: string;
let blobs: Blobs;

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'pantry-blobs-'));
  blobs = await createFolderBlobs({ dir, bucket: 'receipts' });
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const content = Buffer.from('the bytes of an image');
const sha256 = createHash('sha256').update(content).digest('hex');
const key = `${sha256.slice(0, 2)}/${sha256}.jpg`;

async function readAll(blobPath: string): Promise<Buffer | undefined> {
  const found = await blobs.read(blobPath);
  if (!found) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of found.bytes) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe('a stored image', () => {
  it('lies under its hash, for its owner alone, and is read back as it was', async () => {
    const stored = await blobs.put(pieces(content, 5), 'jpg', 1_000);
    expect(stored).toEqual({ sha256, bytes: content.length, path: `minio://receipts/${key}` });
    expect(await readAll(stored.path)).toEqual(content);
    expect(await blobs.exists(stored.path)).toBe(true);
    expect((await stat(path.join(dir, 'receipts', key))).mode & 0o777).toBe(0o600);
    expect((await stat(path.join(dir, 'receipts'))).mode & 0o777).toBe(0o700);
  });

  it('is one file when it is stored by many at once', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => blobs.put(pieces(content, 5), 'jpg', 1_000)));
    expect(new Set(all.map((stored) => stored.path)).size).toBe(1);
    expect(await readdir(path.join(dir, 'receipts', sha256.slice(0, 2)))).toEqual([`${sha256}.jpg`]);
    expect(await readdir(path.join(dir, '.incoming'))).toEqual([]);
  });
});

describe('an upload that does not end well', () => {
  it('leaves nothing behind when it is too large', async () => {
    await expect(blobs.put(pieces(content, 5), 'jpg', 10)).rejects.toMatchObject({ code: 'image_too_large' });
    expect(await readdir(path.join(dir, '.incoming'))).toEqual([]);
    expect(await readdir(path.join(dir, 'receipts'))).toEqual([]);
  });

  it('keeps the error of its bytes', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield content;
      throw new AppError('image_unreadable', 'It ends early.');
    }
    await expect(blobs.put(broken(), 'jpg', 1_000)).rejects.toMatchObject({ code: 'image_unreadable' });
    expect(await readdir(path.join(dir, '.incoming'))).toEqual([]);
  });

  it('is cleared by the next start when its process died, and only then', async () => {
    const old = path.join(dir, '.incoming', 'old');
    await writeFile(old, 'half');
    await utimes(old, new Date(0), new Date(0));
    await writeFile(path.join(dir, '.incoming', 'young'), 'half');
    await createFolderBlobs({ dir, bucket: 'receipts' });
    expect(await readdir(path.join(dir, '.incoming'))).toEqual(['young']);
  });

  it('says that the disk is full', async () => {
    async function* full(): AsyncGenerator<Uint8Array> {
      yield content;
      throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    }
    await expect(blobs.put(full(), 'jpg', 1_000)).rejects.toMatchObject({ code: 'storage_full' });
  });

  it('says that the store cannot be used when its folder has gone', async () => {
    await rm(dir, { recursive: true, force: true });
    await expect(blobs.put(pieces(content, 5), 'jpg', 1_000)).rejects.toMatchObject({ code: 'storage_unavailable' });
    await expect(blobs.exists(`minio://receipts/${key}`)).resolves.toBe(false);
  });
});

describe('a path', () => {
  it.each(['minio://receipts/abc123.jpg', `minio://receipts/${key}`, 'minio://receipts/2024/01/a_b-c.jpeg'])(
    'of ours is taken: %s',
    (blobPath) => expect(blobs.owns(blobPath)).toBe(true),
  );

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
    ...['minio://receipts//x.jpg', 'minio://receipts//etc/passwd', 'minio://receipts/a//x.jpg', 'minio://receipts/x/'],
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

  it('cannot leave the bucket by a link, as a file or as a folder', async () => {
    const outside = path.join(dir, 'outside');
    await mkdir(outside);
    await writeFile(path.join(outside, 'secret.jpg'), 'secret');
    await symlink(path.join(outside, 'secret.jpg'), path.join(dir, 'receipts', 'link.jpg'));
    await symlink(outside, path.join(dir, 'receipts', 'folder'));
    for (const blobPath of ['minio://receipts/link.jpg', 'minio://receipts/folder/secret.jpg']) {
      expect(await blobs.exists(blobPath)).toBe(false);
      expect(await blobs.read(blobPath)).toBeUndefined();
    }
  });

  it('of an adopted receipt is read where it lies', async () => {
    await writeFile(path.join(dir, 'receipts', 'abc123.jpg'), 'adopted');
    expect(await readAll('minio://receipts/abc123.jpg')).toEqual(Buffer.from('adopted'));
  });

  it('that names a folder is no image', async () => {
    await mkdir(path.join(dir, 'receipts', 'ab'), { recursive: true });
    expect(await blobs.exists('minio://receipts/ab')).toBe(false);
    expect(await blobs.read('minio://receipts/ab')).toBeUndefined();
  });
});

it('makes its folders when they are absent, and refuses a place that is none', async () => {
  await createFolderBlobs({ dir: path.join(dir, 'deep', 'er'), bucket: 'receipts' });
  await writeFile(path.join(dir, 'file'), '');
  await chmod(path.join(dir, 'file'), 0o600);
  await expect(createFolderBlobs({ dir: path.join(dir, 'file'), bucket: 'receipts' })).rejects.toMatchObject({
    code: 'storage_unavailable',
  });
  expect(await readFile(path.join(dir, 'file'), 'utf8')).toBe('');
});
