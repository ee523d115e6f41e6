import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { ocrOf } from '../../src/contract/job.ts';
import { beginAttempt } from '../../src/ledger/attempts.ts';
import { storeReply } from '../../src/ledger/replies.ts';
import { saveResult } from '../../src/ledger/saving.ts';
import { bytesOf, replyFor } from '../support/replies.ts';
import { useHttpQueue } from './support/http-queue.ts';

const server = useHttpQueue();
const PHOTO = new URL('../../assets/receipts/contoso-receipt-2.jpg', import.meta.url);

async function upload(bytes: Uint8Array): Promise<number> {
  const form = new FormData();
  form.append('file', new Blob([bytes as Uint8Array<ArrayBuffer>]), 'photo.jpg');
  form.append('purchase_date', '2026-01-31');
  const response = await server.current.fetch('/receipts', { method: 'POST', body: form });
  return ((await response.json()) as { id: number }).id;
}

/** The reading of an agent that turned the page. */
async function readTurned(id: number, turned_degrees: number): Promise<void> {
  const { db } = server.current;
  await db.query(`update pantry_queue.jobs set status = 'queued', phase = 'worker' where subject = $1`, [id]);
  const run = { ...ocrOf(id), generation: 1, runNo: 1 };
  await beginAttempt(db, run, { id: 'w', name: 'w' });
  const evidence = { page: { width: 1, height: 1, turned_degrees }, fields: {}, items: [] };
  const bytes = bytesOf({ ...replyFor({ receipt_id: id, image_path: '', user_id: 1, job_id: '' }), evidence });
  await storeReply(db, run, 1, { bytes, agentMs: 1 });
  await saveResult(db, run, { defaultCurrency: 'VND' });
}

async function cropOf(id: number, region: string) {
  const response = await server.current.fetch(`/receipts/${id}/image?region=${region}`);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('image/jpeg');
  return sharp(Buffer.from(await response.arrayBuffer())).metadata();
}

describe('a part of the image', () => {
  it('is cut by fractions of the page', async () => {
    const photo = await readFile(PHOTO);
    const { width = 0, height = 0 } = await sharp(photo).metadata();
    const crop = await cropOf(await upload(photo), '0.25,0.5,0.5,0.25');
    expect(Math.abs(crop.width - width / 2)).toBeLessThanOrEqual(1);
    expect(Math.abs(crop.height - height / 4)).toBeLessThanOrEqual(1);
  });

  it('is cut from the page as the agent turned it, and the evidence is with the receipt', async () => {
    const photo = await readFile(PHOTO);
    const { width = 0, height = 0 } = await sharp(photo).metadata();
    const id = await upload(photo);
    await readTurned(id, 90);
    const receipt = (await (await server.current.fetch(`/receipts/${id}`)).json()) as { evidence: { page: unknown } };
    expect(receipt.evidence.page).toMatchObject({ turned_degrees: 90 });
    const crop = await cropOf(id, '0,0,1,0.5');
    expect(Math.abs(crop.width - height)).toBeLessThanOrEqual(1);
    expect(Math.abs(crop.height - width / 2)).toBeLessThanOrEqual(1);
  });

  it.each(['1,2,3', '0,0,2,1', '-0.1,0,1,1', '0,0,0,0.5', '0,0,1,1;rm', '1,0,1,1', 'NaN,0,1,1', '0,0,1e-1,1'])(
    'region=%s is refused by name',
    async (region) => {
      const id = await upload(await readFile(PHOTO));
      const response = await server.current.fetch(`/receipts/${id}/image?region=${encodeURIComponent(region)}`);
      expect(response.status).toBe(422);
      expect(await response.json()).toMatchObject({ code: 'invalid_argument', errors: [{ pointer: '/region' }] });
    },
  );
});
