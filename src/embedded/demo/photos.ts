import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { refusal } from './refusal.ts';

const added = z.object({ id: z.int(), job_id: z.string().optional() });

export interface AddedPhoto {
  readonly fileName: string;
  readonly receiptId: number;
  readonly jobId: string;
}

/** The photos of real receipts that the package ships, as paths. */
export async function shippedPhotos(): Promise<string[]> {
  const folder = path.join(packageRoot(path.dirname(fileURLToPath(import.meta.url))), 'assets', 'receipts');
  const names = await readdir(folder);
  return names
    .filter((name) => name.endsWith('.jpg'))
    .sort()
    .map((name) => path.join(folder, name));
}

/** Adds a photo as anybody would: a multipart upload, which also queues its job. @throws AppError with the server's words */
export async function addPhoto(url: string, file: string, signal: AbortSignal): Promise<AddedPhoto> {
  const fileName = path.basename(file);
  const form = new FormData();
  form.set('file', new File([await readFile(file)], fileName, { type: 'image/jpeg' }));
  form.set('user_id', '1');
  // Each demo reads them anew, also over the folder of an earlier one.
  form.set('allow_duplicate', 'true');
  const response = await fetch(`${url}/receipts`, { method: 'POST', body: form, signal });
  const text = await response.text();
  if (!response.ok) throw refusal(`${fileName} was not taken`, response.status, text);
  const { id, job_id } = added.parse(JSON.parse(text));
  return { fileName, receiptId: id, jobId: job_id ?? `ocr-${id}` };
}

/** The folder of our package.json, above the source as well as above the compiled files. */
function packageRoot(folder: string): string {
  if (existsSync(path.join(folder, 'package.json')) || path.dirname(folder) === folder) return folder;
  return packageRoot(path.dirname(folder));
}
