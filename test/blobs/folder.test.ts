import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createFolderBlobs } from '../../src/blobs/folder.ts';
import type { Blobs } from '../../src/ports.ts';
import { pieces } from '../http/support/images.ts';
import { keyOf, storesImages } from './blobs.suite.ts';

/** Of the shared suite; each of the other tests has a folder of its own. */
let shared: string;
let dir: string;
let blobs: Blobs;

beforeAll(async () => {
  shared = await mkdtemp(path.join(tmpdir(), 'pantry-blobs-'));
});
afterAll(() => rm(shared, { recursive: true, force: true }));

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'pantry-blobs-'));
  blobs = await createFolderBlobs({ dir, bucket: 'receipts' });
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const content = Buffer.from('the bytes of an image');

storesImages('folder', async () => ({
  blobs: await createFolderBlobs({ dir: shared, bucket: 'receipts' }),
  keys: async () => filesIn(path.join(shared, 'receipts')),
  leftovers: () => readdir(path.join(shared, '.incoming')),
  async plant(key, bytes) {
    const file = path.join(shared, 'receipts', key);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, bytes);
  },
}));

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
}

it('the files and folders of images are for their owner alone', async () => {
  await blobs.put(pieces(content, 5), 'jpg', 1_000);
  expect((await stat(path.join(dir, 'receipts', keyOf(content)))).mode & 0o777).toBe(0o600);
  expect((await stat(path.join(dir, 'receipts'))).mode & 0o777).toBe(0o700);
});

it('a folder gives no addresses of its images', async () => {
  const { path: stored } = await blobs.put(pieces(content, 5), 'jpg', 1_000);
  expect(await blobs.signedUrl(stored, 60)).toBeUndefined();
});

describe('an upload that does not end well', () => {
  it('is cleared by the next start when its process died, and only then', async () => {
    const old = path.join(dir, '.incoming', 'old');
    await writeFile(old, 'half');
    await utimes(old, new Date(0), new Date(0));
    await writeFile(path.join(dir, '.incoming', 'young'), 'half');
    await createFolderBlobs({ dir, bucket: 'receipts' });
    expect(await readdir(path.join(dir, '.incoming'))).toEqual(['young']);
  });

  it('says that the store cannot be used when its folder has gone', async () => {
    await rm(dir, { recursive: true, force: true });
    await expect(blobs.put(pieces(content, 5), 'jpg', 1_000)).rejects.toMatchObject({ code: 'storage_unavailable' });
    await expect(blobs.exists(`minio://receipts/${keyOf(content)}`)).resolves.toBe(false);
  });
});

describe('a path', () => {
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
