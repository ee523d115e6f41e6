import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { S3mini } from 's3mini';
import { afterAll, beforeAll, inject } from 'vitest';
import { openS3Store, type S3Store } from '../../src/blobs/s3.ts';
import { createBucket } from '../support/s3.ts';
import { storesImages } from './blobs.suite.ts';

const s3 = inject('s3');
const settings = { ...s3, publicEndpoint: s3.endpoint };
const bucket = 'receipts';

let spoolDir: string;
let store: S3Store;
let behind: S3mini;

beforeAll(async () => {
  behind = await createBucket(s3, bucket);
  spoolDir = await mkdtemp(path.join(tmpdir(), 'pantry-s3-'));
  store = await openS3Store({ settings, bucket, spoolDir });
});
afterAll(async () => {
  await store.close();
  await rm(spoolDir, { recursive: true, force: true });
});

const keysOf = async () => ((await behind.listObjects('/', '', 1_000)) ?? []).map(({ Key }) => Key);

storesImages('S3', async () => ({
  blobs: store.blobs,
  keys: async () => (await keysOf()).filter((key) => !key.startsWith('.')),
  leftovers: async () => [
    ...(await keysOf()).filter((key) => key.startsWith('.') && key !== '.store-id'),
    ...(await readdir(spoolDir)),
  ],
  plant: async (key, bytes) => void (await behind.putObject(key, Buffer.from(bytes))),
}));
