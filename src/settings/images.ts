import { z } from 'zod';
import type { S3Settings } from '../blobs/s3-client.ts';
import { AppError } from '../contract/errors.ts';

/** Link-local addresses: what answers there is this machine's cloud, which hands out its credentials. */
const LINK_LOCAL = /^(169\.254\.\d+\.\d+|\[fe[89ab][0-9a-f]:.*\]|\[fd00:ec2::254\]|metadata\.google\.internal\.?)$/i;

const storeUrl = (description: string) =>
  z
    .url({ protocol: /^https?$/, error: 'must be an http:// or https:// address' })
    .transform((text) => new URL(text))
    .refine(
      ({ pathname, search, hash, username, password }) =>
        pathname === '/' && [search, hash, username, password].every((part) => part === ''),
      'must be scheme, host and port alone, as in https://s3.example:9000; the bucket stands in IMAGE_BUCKET',
    )
    .refine(({ hostname }) => !LINK_LOCAL.test(hostname), 'must not be a link-local address: no S3 store is there')
    .transform(({ origin }) => origin)
    .meta({ description });

const key = (description: string) =>
  z
    .string()
    .regex(/^[\x21-\x7e]{1,512}$/, 'must be 1 to 512 characters of ASCII without spaces')
    .meta({ description });

/** The S3 store; without `S3_ENDPOINT` images are kept in a folder. */
export const S3_SETTINGS = {
  S3_ENDPOINT: storeUrl(
    'The S3-compatible store of the images, as `https://s3.example:9000`; the bucket is `IMAGE_BUCKET`. Without it images are kept in `IMAGE_DIR`.',
  ).optional(),
  S3_REGION: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,64}$/, 'must be 1 to 64 letters, digits or hyphens')
    .meta({ description: 'Region of the bucket, which is a part of every signature.' })
    .default('us-east-1'),
  S3_ACCESS_KEY_ID: key(
    'Whom the store knows this program as. It may get, put, delete and list in the bucket.',
  ).optional(),
  S3_SECRET_ACCESS_KEY: key('The secret of this key.').optional(),
  S3_PUBLIC_ENDPOINT: storeUrl(
    'The same store as agents reach it: the signed addresses of images begin with it. Default: `S3_ENDPOINT`.',
  ).optional(),
} as const;

/** S3's rule for names of buckets, which is narrower than ours for a folder. */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

type Given = z.infer<z.ZodObject<typeof S3_SETTINGS>> & { readonly IMAGE_BUCKET: string };

/**
 * @returns undefined where images are kept in a folder
 * @throws AppError invalid_argument naming what is missing, or has no use
 */
export function s3Of(settings: Given): S3Settings | undefined {
  const { S3_ENDPOINT: endpoint, S3_ACCESS_KEY_ID: id, S3_SECRET_ACCESS_KEY: secret } = settings;
  const { S3_PUBLIC_ENDPOINT: publicEndpoint = endpoint } = settings;
  if (endpoint === undefined) {
    const given = Object.entries({
      S3_ACCESS_KEY_ID: id,
      S3_SECRET_ACCESS_KEY: secret,
      S3_PUBLIC_ENDPOINT: publicEndpoint,
    });
    const idle = given.filter(([, value]) => value !== undefined).map(([name]) => name);
    if (idle.length > 0) throw unusable(['S3_ENDPOINT'], `${idle.join(' and ')} is set and S3_ENDPOINT is not`);
    return undefined;
  }
  if (id === undefined || secret === undefined) {
    const missing = [
      ...(id === undefined ? ['S3_ACCESS_KEY_ID'] : []),
      ...(secret === undefined ? ['S3_SECRET_ACCESS_KEY'] : []),
    ];
    throw unusable(missing, `S3_ENDPOINT is set and ${missing.join(' and ')} is not`);
  }
  if (!BUCKET.test(settings.IMAGE_BUCKET)) {
    throw unusable(
      ['IMAGE_BUCKET'],
      'IMAGE_BUCKET must be 3 to 63 small letters, digits, dots or hyphens in an S3 store',
    );
  }
  const region = settings.S3_REGION;
  return { endpoint, publicEndpoint: publicEndpoint ?? endpoint, region, accessKeyId: id, secretAccessKey: secret };
}

function unusable(variables: readonly string[], message: string): AppError {
  return new AppError('invalid_argument', `${message}.`, {
    hint: 'Set S3_ENDPOINT, S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY together, or none of them.',
    fields: variables.map((variable) => ({ pointer: `/${variable}`, code: 'setting', message })),
  });
}
