import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { type ImageStore, openImageStore } from '../../src/blobs/open-store.ts';
import { moveImages } from '../../src/maintenance/move-images.ts';
import { moveText } from '../../src/words/move-report.ts';
import { pieces } from '../http/support/images.ts';
import { createTestDatabase } from '../support/db.ts';
import { type FaultyS3, type S3Request, startFaultyS3 } from '../support/faulty-s3.ts';
import { createBucket } from '../support/s3.ts';

const MAIN = new URL('../../dist/src/cli/main.js', import.meta.url).pathname;
const IMAGES = 12;
const s3 = inject('s3');

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let faulty: FaultyS3;
let dir: string;
let folder: ImageStore;
let bucket: ImageStore;
let paths: string[];
let made = 0;

const settings = () => ({ dir, bucket: `moves-${made}`, s3: { ...faulty, publicEndpoint: s3.endpoint } });
const config = () => ({ databaseUrl: database.url, images: settings() });
const move = (to: 'folder' | 's3', flags: { dryRun?: boolean; switch?: boolean } = {}) =>
  moveImages({ to, ...flags }, config());
const isUpload = ({ method, key }: S3Request) => method === 'PUT' && !key.startsWith('.');

beforeAll(async () => {
  database = await createTestDatabase();
  faulty = await startFaultyS3(s3);
});
afterAll(async () => {
  await faulty.close();
  await database.drop();
});

/** Twelve receipts with images in a folder, one of them adopted, and an empty bucket. */
beforeEach(async () => {
  made++;
  faulty.set();
  await createBucket(s3, `moves-${made}`);
  dir = await mkdtemp(path.join(tmpdir(), 'pantry-move-'));
  folder = await openImageStore({ ...settings(), s3: undefined });
  bucket = await openImageStore(settings());
  paths = [];
  for (let n = 1; n < IMAGES; n++) {
    paths.push(
      (await folder.blobs.put(pieces(Buffer.from(`image ${n} of ${made} `.repeat(50)), 99), 'jpg', 9_999)).path,
    );
  }
  const adopted = `minio://moves-${made}/2019/old scan.jpg`.replace(' ', '-');
  await folder.blobs.keep(adopted, pieces(Buffer.from('adopted'), 3), 9_999);
  paths.push(adopted);
  await database.db.query('delete from public.receipts');
  await database.db.query('delete from pantry_queue.gates');
  await database.db.query(`delete from pantry_queue.shared_settings where name in ('S3_ENDPOINT', 'IMAGE_DIR')`);
  await database.db.query(
    `insert into public.receipts (user_id, image_path, status, ocr_status) select 1, p, 'uploaded', 'pending' from unnest($1::text[]) p`,
    // Two receipts of one image are one image.
    [[...paths, paths[0]]],
  );
  return async () => {
    await bucket.close();
    await rm(dir, { recursive: true, force: true });
  };
});

const inBucket = async () => (await Promise.all(paths.map((each) => bucket.blobs.exists(each)))).filter(Boolean).length;
const shared = () =>
  database.db.query(
    `select name, value from pantry_queue.shared_settings where name in ('S3_ENDPOINT', 'IMAGE_DIR') order by 1`,
  );

describe('[I12] a move of the images', () => {
  it('copies each image once, under its own path, leaves the first store as it was, and ends with exact counts', async () => {
    expect(await move('s3', { dryRun: true })).toMatchObject({ images: IMAGES, moved: IMAGES, switched: false });
    expect(await inBucket()).toBe(0);
    expect(await move('s3')).toMatchObject({
      images: IMAGES,
      moved: IMAGES,
      there: 0,
      missingCount: 0,
      changedCount: 0,
    });
    expect(await inBucket()).toBe(IMAGES);
    for (const each of paths) expect(await folder.blobs.exists(each)).toBe(true);
    expect(await move('s3')).toMatchObject({ images: IMAGES, moved: 0, there: IMAGES });
    expect(await shared()).toEqual([]);
  });

  it('goes back the same way', async () => {
    await move('s3');
    for (const each of paths.slice(0, 5)) await folder.blobs.remove(each, async () => false);
    expect(await move('folder', { switch: true })).toMatchObject({ moved: 5, there: IMAGES - 5, switched: true });
    expect(await shared()).toEqual([
      { name: 'IMAGE_DIR', value: folder.id },
      { name: 'S3_ENDPOINT', value: '' },
    ]);
  });

  it('tells what is missing and what was changed by its path, and copies neither', async () => {
    const [gone = '', changed = ''] = paths;
    await folder.blobs.remove(gone, async () => false);
    await writeFile(path.join(dir, changed.slice('minio://'.length)), 'something else');
    const report = await move('s3');
    expect(report).toMatchObject({
      moved: IMAGES - 2,
      missing: [gone],
      missingCount: 1,
      changed: [changed],
      changedCount: 1,
    });
    expect(await bucket.blobs.exists(changed)).toBe(false);
    expect(moveText(report, { to: 's3', dryRun: false })[0]).toMatch(
      /^12 images: 10 moved .*, 1 missing, 1 changed\.$/,
    );
  });

  it('that is killed in the middle goes on where it was', async () => {
    let uploads = 0;
    faulty.set('hangs', { meets: (request) => isUpload(request) && ++uploads > 4 });
    const hung = new Promise<void>((resolve) => {
      const look = setInterval(() => uploads > 4 && resolve(clearInterval(look)), 20);
    });
    const child = spawn(process.execPath, [MAIN, 'migrate', 'images', '--to', 's3'], {
      stdio: 'ignore',
      env: {
        ...process.env,
        ...{ DATABASE_URL: database.url, IMAGE_DIR: dir, IMAGE_BUCKET: `moves-${made}`, S3_ENDPOINT: faulty.endpoint },
        ...{ S3_ACCESS_KEY_ID: s3.accessKeyId, S3_SECRET_ACCESS_KEY: s3.secretAccessKey },
      },
    });
    await hung;
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    faulty.set();
    const before = await inBucket();
    expect(before).toBe(4);
    expect(await move('s3')).toMatchObject({ images: IMAGES, moved: IMAGES - before, there: before });
    expect(await inBucket()).toBe(IMAGES);
  });

  it('ends at a full store, with what it had copied, and switches nothing', async () => {
    faulty.set({ status: 507 }, { meets: isUpload });
    await expect(move('s3', { switch: true })).rejects.toMatchObject({ code: 'storage_full' });
    expect(await shared()).toEqual([]);
  });

  it('switches only a queue that does not run, and from then on refuses processes that are set to the other store', async () => {
    await database.db.query(`insert into pantry_queue.gates (gate_id, name) values (gen_random_uuid(), 'a server')`);
    await expect(move('s3', { switch: true })).rejects.toMatchObject({ code: 'queue_running' });
    expect(await inBucket()).toBe(0);
    await database.db.query('delete from pantry_queue.gates');
    expect(await move('s3', { switch: true })).toMatchObject({ moved: IMAGES, switched: true });
    expect(await shared()).toEqual([{ name: 'S3_ENDPOINT', value: bucket.id }]);
  });
});
