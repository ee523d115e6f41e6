import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { S3mini } from 's3mini';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { createImageUrl } from '../../src/blobs/image-url.ts';
import { openS3Store, type S3Store } from '../../src/blobs/s3.ts';
import { S3_LIMITS } from '../../src/blobs/s3-limits.ts';
import { announceImage } from '../../src/jobs/ocr/new-receipt.ts';
import { removeImages } from '../../src/ledger/image-removals.ts';
import { createRemoveUnnamed } from '../../src/queue/unnamed-image.ts';
import { verifyLedger } from '../../src/verify/verify.ts';
import { type FaultyS3, type S3Request, startFaultyS3 } from '../support/faulty-s3.ts';
import { asOwner } from '../support/owner.ts';
import { createBucket } from '../support/s3.ts';
import { useHttpQueue } from './support/http-queue.ts';
import { newPhoto, pieces } from './support/images.ts';
import { problemOf } from './support/problem.ts';

const s3 = inject('s3');
const bucket = 'receipts-of-http';
const limits = { ...S3_LIMITS, ...({ firstPauseMs: 1, callMs: 1_000, idleMs: 500 } as unknown as typeof S3_LIMITS) };
let faulty: FaultyS3;
let behind: S3mini;
let store: S3Store;

const http = useHttpQueue({}, {}, undefined, async (dir) => {
  behind = await createBucket(s3, bucket);
  faulty = await startFaultyS3(s3);
  const settings = { ...s3, endpoint: faulty.endpoint, publicEndpoint: s3.endpoint };
  store = await openS3Store({ settings, bucket, spoolDir: path.join(dir, '.incoming'), limits });
  return store.blobs;
});
beforeAll(() => expect(store).toBeDefined());
afterEach(() => faulty.set());
afterAll(async () => {
  await store.close();
  await faulty.close();
});

const isImage = ({ key }: S3Request) => !key.startsWith('.') && key !== '';
const objects = async () =>
  ((await behind.listObjects('/', '', 1_000)) ?? []).map(({ Key }) => Key).filter((key) => key !== '.store-id');
const removals = () =>
  http.current.db.query<{ image_path: string }>('select image_path from pantry_queue.image_removals');

async function runRemovals(): Promise<void> {
  const { db } = http.current;
  await db.query('update pantry_queue.image_removals set next_try_at = now()');
  await removeImages(db, createRemoveUnnamed({ db, blobs: store.blobs }), 16);
}

function upload(photo: Buffer): Promise<Response> {
  const form = new FormData();
  form.append('file', new Blob([new Uint8Array(photo)]), 'a.jpg');
  form.append('purchase_date', '2026-01-19');
  return http.current.fetch('/receipts', { method: 'POST', body: form });
}

async function receiptOf(photo: Buffer): Promise<{ id: number; image_path: string }> {
  const answer = await upload(photo);
  expect(answer.status).toBe(201);
  return (await answer.json()) as { id: number; image_path: string };
}

const bytesAt = async (address: string) => Buffer.from(await (await http.current.fetch(address)).arrayBuffer());

describe('a queue whose images lie in S3', () => {
  it('takes an upload, shows it whole and in parts, finds its duplicate, and verifies that it is there', async () => {
    const photo = newPhoto();
    const receipt = await receiptOf(photo);
    expect(await objects()).toContain(receipt.image_path.slice(`minio://${bucket}/`.length));
    expect(await removals()).toEqual([]);
    expect(await readdir(path.join(http.current.imageDir, '.incoming'))).toEqual([]);
    expect(await bytesAt(`/receipts/${receipt.id}/image`)).toEqual(photo);
    const part = await sharp(await bytesAt(`/receipts/${receipt.id}/image?region=0,0,0.5,0.1`)).metadata();
    expect(part.format).toBe('jpeg');
    const seen = await http.current.queue.viewReceipt({ receipt_id: receipt.id }, asOwner);
    expect(seen).toMatchObject({ receipt_id: receipt.id, media_type: 'image/jpeg' });
    const again = (await (await upload(photo)).json()) as { id: number; deduplicated: boolean };
    expect(again).toMatchObject({ id: receipt.id, deduplicated: true });
    expect(await removals()).toEqual([]);
    const report = await verifyLedger(http.current.db, {
      engine: undefined,
      images: store.blobs,
      ledgerId: 'test',
      workflowIdPrefix: '',
    });
    expect(report.findings.filter(({ check }) => check === 'image_missing')).toEqual([]);
  });

  it('removes the image with the receipt', async () => {
    const receipt = await receiptOf(newPhoto());
    const answer = await http.current.fetch(`/receipts/${receipt.id}`, { method: 'DELETE' });
    expect(await answer.json()).toMatchObject({ deleted: true, image_removed: true });
    expect(await store.blobs.exists(receipt.image_path)).toBe(false);
    await runRemovals();
    expect(await removals()).toEqual([]);
  });

  it('says while the store is away that it is, takes nothing, and leaves nothing of what it refused', async () => {
    const receipt = await receiptOf(newPhoto());
    const before = await http.current.traces();
    faulty.set('drops', { meets: isImage });
    const refused = await upload(newPhoto());
    expect(await problemOf(refused)).toMatchObject({ status: 503, code: 'storage_unavailable', retryable: true });
    expect(refused.headers.get('retry-after')).toBe('5');
    expect((await http.current.fetch(`/receipts/${receipt.id}/image`)).status).toBe(503);
    await expect(http.current.queue.viewReceipt({ receipt_id: receipt.id }, asOwner)).rejects.toMatchObject({
      code: 'storage_unavailable',
    });
    expect(await http.current.traces()).toEqual(before);
    faulty.set();
    await runRemovals();
    expect(await removals()).toEqual([]);
    expect((await http.current.fetch(`/receipts/${receipt.id}/image`)).status).toBe(200);
  });

  it('says that the store is full as it does of a full disk', async () => {
    faulty.set({ status: 507 }, { meets: isImage });
    expect(await problemOf(await upload(newPhoto()))).toMatchObject({ status: 507, code: 'storage_full' });
  });

  it('deletes a receipt while the store is away, and its image once it is back', async () => {
    const receipt = await receiptOf(newPhoto());
    faulty.set('drops', { meets: isImage });
    const answer = await http.current.fetch(`/receipts/${receipt.id}`, { method: 'DELETE' });
    expect(await answer.json()).toMatchObject({ deleted: true, image_removed: false });
    await expect(runRemovals()).rejects.toMatchObject({ code: 'storage_unavailable' });
    faulty.set();
    expect(await store.blobs.exists(receipt.image_path)).toBe(true);
    await runRemovals();
    expect(await store.blobs.exists(receipt.image_path)).toBe(false);
  });

  it('[I12] removes the image of an upload that was cut before there was a receipt', async () => {
    const { db } = http.current;
    const announce = (announced: string) => announceImage(db, 'default', announced);
    const { path: cut } = await store.blobs.put(pieces(newPhoto(), 9_999), 'jpg', 9_999_999, announce);
    expect(await removals()).toEqual([{ image_path: cut }]);
    await removeImages(db, createRemoveUnnamed({ db, blobs: store.blobs }), 16);
    expect(await store.blobs.exists(cut), 'an upload has an hour').toBe(true);
    await runRemovals();
    expect(await store.blobs.exists(cut)).toBe(false);
    expect(await removals()).toEqual([]);
  });

  it('tells a model and a browser of an image that was changed in the store, and shows none of it', async () => {
    const receipt = await receiptOf(newPhoto());
    await behind.putObject(receipt.image_path.slice(`minio://${bucket}/`.length), newPhoto());
    await expect(http.current.queue.viewReceipt({ receipt_id: receipt.id }, asOwner)).rejects.toMatchObject({
      code: 'image_unreadable',
    });
    await expect(bytesAt(`/receipts/${receipt.id}/image`)).rejects.toThrow();
  });
});

describe('[S5] the address of an image that an agent gets', () => {
  it('is good for one attempt and a minute, an hour at most', async () => {
    const { image_path } = await receiptOf(newPhoto());
    const secondsOf = async (attemptMs: number) =>
      new URL((await createImageUrl(store.blobs, attemptMs)(image_path)) ?? '').searchParams.get('X-Amz-Expires');
    expect(await secondsOf(600_000)).toBe('660');
    expect(await secondsOf(86_400_000)).toBe('3600');
  });

  it('is not given for an image that has gone, nor while the store is away', async () => {
    const { image_path } = await receiptOf(newPhoto());
    const imageUrl = createImageUrl(store.blobs, 1_000);
    faulty.set('drops', { meets: isImage });
    await expect(imageUrl(image_path)).rejects.toMatchObject({ code: 'storage_unavailable' });
    faulty.set();
    await behind.deleteObject(image_path.slice(`minio://${bucket}/`.length));
    await expect(imageUrl(image_path)).rejects.toMatchObject({ code: 'image_missing' });
  });
});
