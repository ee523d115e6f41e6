import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { QueueClient } from '../../../src/client/index.ts';

const root = path.join(import.meta.dirname, '../../..');

/** A receipt that the package ships, and what a person reads on it. */
export interface Photo {
  readonly image: string;
  readonly merchant: string;
  readonly date: string;
  readonly total: string;
}

const photo = z.object({ image: z.string(), merchant: z.string(), date: z.string(), total: z.string() });

export const readPhotos = async (): Promise<Photo[]> =>
  z.array(photo).parse(JSON.parse(await readFile(path.join(root, 'bench/ocr/demo.json'), 'utf8')));

export const fileOf = ({ image }: Photo): string => path.join(root, 'assets/receipts', image);

export async function upload(api: QueueClient, of: Photo): Promise<{ receipt_id: number; job_id: string }> {
  const added = await api.addReceipt({ bytes: createReadStream(fileOf(of)), allow_duplicate: true });
  return { receipt_id: added.receipt.id, job_id: `ocr-${added.receipt.id}` };
}

/** What was read, in the form that a person wrote down. */
export const readingOf = ({ merchant, date, total }: Photo) => ({
  merchant_name: merchant,
  purchase_date: date,
  total_amount: total,
});
