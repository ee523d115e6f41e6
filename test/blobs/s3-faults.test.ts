import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { S3mini } from 's3mini';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { openS3Store, type S3Store } from '../../src/blobs/s3.ts';
import { S3_LIMITS } from '../../src/blobs/s3-limits.ts';
import { createStoreLook } from '../../src/blobs/store-look.ts';
import type { Blobs } from '../../src/ports.ts';
import { pieces } from '../http/support/images.ts';
import { type FaultyS3, type S3Fault, type S3Request, startFaultyS3 } from '../support/faulty-s3.ts';
import { createBucket } from '../support/s3.ts';
import { keyOf, readAll } from './blobs.suite.ts';

const s3 = inject('s3');
const bucket = 'faults';
/** Its limits end a test soon; what they are in production changes nothing in what is told. */
const limits = {
  ...S3_LIMITS,
  ...({ idleMs: 400, callMs: 800, transferMs: 1_500, firstPauseMs: 1 } as unknown as typeof S3_LIMITS),
};

let spoolDir: string;
let faulty: FaultyS3;
let store: S3Store;
let behind: S3mini;
let blobs: Blobs;

const open = (changes: Partial<FaultyS3> = {}, name = bucket, within: typeof S3_LIMITS = limits) =>
  openS3Store({
    settings: { ...s3, publicEndpoint: s3.endpoint, endpoint: faulty.endpoint, ...changes },
    bucket: name,
    spoolDir,
    limits: within,
  });

beforeAll(async () => {
  behind = await createBucket(s3, bucket);
  faulty = await startFaultyS3(s3);
  spoolDir = await mkdtemp(path.join(tmpdir(), 'pantry-s3-faults-'));
  store = await open();
  blobs = store.blobs;
});
afterEach(async () => {
  faulty.set();
  expect(await readdir(spoolDir), 'an upload that failed leaves no draft').toEqual([]);
});
afterAll(async () => {
  await store.close();
  await faulty.close();
  await rm(spoolDir, { recursive: true, force: true });
});

let made = 0;
const content = () => Buffer.from(`image ${++made} `.repeat(1_000));
const put = (bytes: Buffer) => blobs.put(pieces(bytes, 5), 'jpg', 100_000);
const isImage = ({ key }: S3Request) => !key.startsWith('.') && key !== '';

/** Each fault, by what an operator reads of it, and how often the same request came. */
const FAULTS: Readonly<Record<string, { fault: S3Fault; code?: string; says: string; tries: number }>> = {
  'fails with 500': { fault: { status: 500 }, says: 'The S3 store fails (HTTP 500).', tries: 3 },
  'asks to slow down': {
    fault: { status: 503, code: 'SlowDown' },
    says: 'The S3 store fails (HTTP 503).',
    tries: 3,
  },
  'limits the rate': { fault: { status: 429 }, says: 'The S3 store fails (HTTP 429).', tries: 3 },
  'cuts connections': { fault: 'drops', says: 'The S3 store cannot be reached.', tries: 3 },
  hangs: { fault: 'hangs', says: 'The S3 store does not answer in time.', tries: 1 },
  'refuses the key': {
    fault: { status: 403 },
    says: 'The S3 store gives this key too few rights: it needs to get, put, delete and list in IMAGE_BUCKET.',
    tries: 1,
  },
  'leads elsewhere': {
    fault: { status: 307 },
    says: 'The bucket is at another address or region than S3_ENDPOINT and S3_REGION say.',
    tries: 1,
  },
};

describe.each(Object.entries(FAULTS))('a store that %s', (_name, { fault, says, tries }) => {
  const CALLS: Readonly<Record<string, (path: string) => Promise<unknown>>> = {
    'an upload': () => put(content()),
    'a look': (stored) => blobs.exists(stored),
    'a reading': (stored) => readAll(blobs, stored),
    'a removal': (stored) => blobs.remove(stored, async () => false),
  };

  it.each(Object.entries(CALLS))(
    'is told of by %s, loses nothing, and is used again when it is well',
    async (_call, call) => {
      const bytes = content();
      const { path: stored } = await put(bytes);
      faulty.set(fault, { meets: isImage });
      await expect(call(stored)).rejects.toMatchObject({ code: 'storage_unavailable', message: says });
      expect(faulty.requests).toHaveLength(tries);
      faulty.set();
      expect(await readAll(blobs, stored)).toEqual(bytes);
      await put(content());
    },
  );
});

describe.each(Object.entries(FAULTS))('a look at a store that %s', (_name, { fault, says }) => {
  it('[I15] says what is wrong and since when, and that it is well again', async () => {
    let clock = Date.UTC(2026, 0, 1);
    const look = createStoreLook(store, { now: () => clock });
    expect(await look()).toEqual({ state: 'ok', message: null, since: null });
    faulty.set(fault);
    clock += 4_999;
    expect(await look(), 'asked a moment ago').toMatchObject({ state: 'ok' });
    clock += 1;
    const since = new Date(clock);
    expect(await look()).toEqual({ state: 'down', message: says, since });
    clock += 5_000;
    expect(await look(), 'down since the first look').toEqual({ state: 'down', message: says, since });
    faulty.set();
    clock += 5_000;
    expect(await look()).toEqual({ state: 'ok', message: null, since: null });
  });
});

describe('a store', () => {
  it.each<[string, S3Fault]>([
    ['that fails once', { status: 500 }],
    ['that is asked too fast once', { status: 503, code: 'SlowDown' }],
    ['whose connection breaks once', 'drops'],
  ])('%s is asked again, and nobody hears of it', async (_name, fault) => {
    const bytes = content();
    faulty.set(fault, { times: 1, meets: isImage });
    const { path: stored } = await put(bytes);
    faulty.set(fault, { times: 1, meets: isImage });
    expect(await readAll(blobs, stored)).toEqual(bytes);
  });

  it('that got an upload damaged on its way gets it again', async () => {
    const bytes = content();
    faulty.set({ status: 400, code: 'BadDigest' }, { times: 1, meets: ({ method }) => method === 'PUT' });
    expect(await readAll(blobs, (await put(bytes)).path)).toEqual(bytes);
  });

  it.each<[string, S3Fault]>([
    ['says so', { status: 507 }],
    ['says so by the word of MinIO', { status: 500, code: 'XMinioStorageFull' }],
    ['has used up its quota', { status: 403, code: 'QuotaExceeded' }],
  ])('that is full (it %s) refuses an upload as a full disk does, at once', async (_name, fault) => {
    const bytes = content();
    faulty.set(fault, { meets: ({ method }) => method === 'PUT' });
    await expect(put(bytes)).rejects.toMatchObject({ code: 'storage_full', retryAfterS: 60 });
    expect(faulty.requests).toHaveLength(1);
    faulty.set();
    expect(await blobs.exists(`minio://${bucket}/${keyOf(bytes)}`)).toBe(false);
  });

  it('that sends an image at 1 KB/s is given up within the time of one transfer', async () => {
    const { path: stored } = await put(content());
    faulty.set('crawls', { meets: ({ method }) => method === 'GET' });
    await expect(readAll(blobs, stored)).rejects.toMatchObject({
      code: 'storage_unavailable',
      message: 'The S3 store does not answer in time.',
    });
  });

  it('that ends in the middle of an image has sent none', async () => {
    const { path: stored } = await put(content());
    faulty.set('cuts', { meets: ({ method, key }) => method === 'GET' && isImage({ method, key }) });
    await expect(readAll(blobs, stored)).rejects.toMatchObject({ code: 'storage_unavailable' });
  });

  it('whose answer to an upload was lost has the image: the same upload finds it', async () => {
    const bytes = content();
    // The first PUT arrives, and its answer does not.
    faulty.set('cuts', { times: 1, meets: ({ method }) => method === 'PUT' });
    const { path: stored } = await put(bytes);
    faulty.set();
    expect(await readAll(blobs, stored)).toEqual(bytes);
  });
});

describe('what is not there', () => {
  it('is not believed of a bucket that has become another one', async () => {
    const { path: stored } = await put(content());
    const id = await behind.getObject('.store-id');
    await behind.deleteObject('.store-id');
    await behind.deleteObject(stored.slice(`minio://${bucket}/`.length));
    const another = { code: 'storage_unavailable', message: /another one now/ };
    await expect(blobs.exists(stored)).rejects.toMatchObject({
      code: another.code,
      message: expect.stringMatching(another.message),
    });
    await expect(blobs.read(stored)).rejects.toMatchObject({ code: another.code });
    await expect(blobs.remove(stored, async () => false)).rejects.toMatchObject({ code: another.code });
    await behind.putObject('.store-id', id ?? '');
    expect(await blobs.exists(stored)).toBe(false);
  });

  it('is put back by the next removal where one was cut in between, if a receipt names it', async () => {
    const bytes = content();
    const { path: stored } = await put(bytes);
    const isCopyBack = ({ method, key }: S3Request) => method === 'PUT' && isImage({ method, key });
    let asked = 0;
    const isNamed = async () => {
      if (++asked === 1) return false;
      faulty.set({ status: 500 }, { meets: isCopyBack });
      return true;
    };
    await expect(blobs.remove(stored, isNamed)).rejects.toMatchObject({ code: 'storage_unavailable' });
    faulty.set();
    expect(await blobs.exists(stored)).toBe(false);
    expect(await blobs.remove(stored, async () => true)).toBe(false);
    expect(await readAll(blobs, stored)).toEqual(bytes);
    expect(await behind.objectExists(`.removed/${keyOf(bytes)}`)).toBe(false);
  });
});

describe('a start', () => {
  it.each<[string, Partial<FaultyS3>, string, string]>([
    ['an unknown key', { accessKeyId: 'nobody' }, bucket, 'The S3 store does not know this S3_ACCESS_KEY_ID.'],
    [
      'a wrong secret',
      { secretAccessKey: 'wrong' },
      bucket,
      'The S3 store refuses the signature: S3_SECRET_ACCESS_KEY is wrong.',
    ],
    ['no such bucket', {}, 'no-bucket', 'The S3 store has no bucket of the name in IMAGE_BUCKET.'],
    ['nobody at the address', { endpoint: 'http://127.0.0.1:1' }, bucket, 'The S3 store cannot be reached.'],
  ])('with %s says so in one sentence', async (_name, changes, name, says) => {
    await expect(open(changes, name)).rejects.toMatchObject({ code: 'storage_unavailable', message: says });
  });

  it.each<[string, S3Fault, string]>([
    ['refuses the time', { status: 403, code: 'RequestTimeTooSkewed' }, 'its clock is wrong'],
    ['is of another region', { status: 400, code: 'AuthorizationHeaderMalformed' }, 'another region than S3_REGION'],
    ['lets nobody list', { status: 403, code: 'AccessDenied' }, 'too few rights'],
  ])('on a store that %s says so in one sentence', async (_name, fault, says) => {
    faulty.set(fault);
    await expect(open()).rejects.toMatchObject({ code: 'storage_unavailable', message: expect.stringContaining(says) });
    expect(faulty.requests).toHaveLength(1);
  });

  it('finds out that it may not remove before anybody needs it', async () => {
    faulty.set({ status: 403, code: 'AccessDenied' }, { meets: ({ method }) => method === 'DELETE' });
    await expect(open()).rejects.toMatchObject({ message: expect.stringContaining('too few rights') });
  });

  it('makes the identity of a bucket once, however many start at once', async () => {
    await createBucket(s3, 'at-once');
    const stores = await Promise.all(Array.from({ length: 6 }, () => open({}, 'at-once', S3_LIMITS)));
    expect(new Set(stores.map(({ id }) => id)).size).toBe(1);
    await Promise.all(stores.map((each) => each.close()));
  });
});

describe('a signed address', () => {
  it('gives the image to anyone who has it, of no other image, and not once it was changed', async () => {
    const bytes = content();
    const { path: stored } = await put(bytes);
    const { path: other } = await put(content());
    const url = (await blobs.signedUrl(stored, 60)) ?? '';
    expect(url.startsWith(`${s3.endpoint}/${bucket}/`)).toBe(true);
    const answer = await fetch(url);
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(bytes);
    const key = (of: string) => of.slice(`minio://${bucket}/`.length);
    for (const changed of [
      url.replace(key(stored), key(other)),
      url.replace('X-Amz-Expires=60', 'X-Amz-Expires=6000'),
      url.split('?')[0] ?? '',
    ]) {
      expect((await fetch(changed)).status).toBe(403);
    }
    expect((await fetch(url, { method: 'DELETE' })).status).toBe(403);
  });
});
