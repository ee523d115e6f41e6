import { z } from 'zod';
import { COUNTRIES } from '../fields/tables/countries.ts';

/** A bucket and a key of the receipt store; what else a caller sends is ignored, as the contract asks. */
const IMAGE_PATH = /^minio:\/\/([a-z0-9][a-z0-9.-]{1,62})\/(.{1,1024})$/;

/** Two letters of a country whose receipts the reader knows, in any case. */
export const country = z
  .string()
  .max(2)
  .transform((code) => code.toUpperCase())
  .refine((code) => COUNTRIES.some((known) => known.code === code), 'is no country that the reader knows');

export const extractRequest = z.object({
  receipt_id: z.int().min(1).max(Number.MAX_SAFE_INTEGER),
  image_path: z.string().max(1100).regex(IMAGE_PATH, 'must have the form minio://<bucket>/<key>'),
  user_id: z.int().min(1).max(Number.MAX_SAFE_INTEGER).nullish(),
  country: country.nullish(),
  job_id: z.string().max(200).nullish(),
  image_url: z
    .url({ protocol: /^https?$/ })
    .max(4096)
    .nullish(),
});

export type ExtractRequest = z.infer<typeof extractRequest>;

/** Bucket and key of an image path that has passed the request check. */
export function splitImagePath(imagePath: string): { bucket: string; key: string } {
  const [, bucket = '', key = ''] = IMAGE_PATH.exec(imagePath) ?? [];
  return { bucket, key };
}
