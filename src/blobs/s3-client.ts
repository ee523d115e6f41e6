import { createReadStream } from 'node:fs';
import { S3mini } from 's3mini';
import { formatOfName } from '../contract/image-formats.ts';
import { createS3Fetch } from './s3-fetch.ts';
import { S3_LIMITS } from './s3-limits.ts';
import { isPassing, refusalOf, storageError } from './s3-refusals.ts';

/** Where the bucket is, and as whom it is used. */
export interface S3Settings {
  /** Scheme, host and port. */
  readonly endpoint: string;
  /** The same store, as agents reach it. */
  readonly publicEndpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** One bucket. Every call has its limits and its few tries, and fails in the words of the error table. */
export interface S3Client {
  /** @returns undefined when there is no such object */
  sizeOf(key: string): Promise<number | undefined>;
  /** A small one. @returns undefined when there is no such object */
  textOf(key: string): Promise<string | undefined>;
  /** @returns undefined when there is no such object */
  read(key: string): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** @returns false when there is one already, which is left as it is */
  create(key: string, text: string): Promise<boolean>;
  /**
   * Stores a file; the store compares what comes with its hash.
   * @param options `anew`: also over what is there
   * @returns false when there is one already, which is left as it is
   */
  upload(key: string, file: UploadedFile, options: { anew: boolean }): Promise<boolean>;
  copy(from: string, to: string): Promise<void>;
  remove(key: string): Promise<void>;
  /** An address by which anybody reads the object until it expires. */
  signedUrl(key: string, seconds: number): Promise<string>;
  close(): Promise<void>;
}

export interface UploadedFile {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
}

const UNLESS_THERE = { 'If-None-Match': '*' };

/** @param options `limits` for tests */
export function createS3Client(
  settings: S3Settings,
  bucket: string,
  { limits = S3_LIMITS }: { limits?: typeof S3_LIMITS } = {},
): S3Client {
  const { endpoint, publicEndpoint, ...keys } = settings;
  const send = createS3Fetch(limits);
  const at = (origin: string) => new S3mini({ ...keys, endpoint: `${origin}/${bucket}`, fetch: send });
  const s3 = at(endpoint);
  const outside = at(publicEndpoint);

  async function call<T>(work: () => Promise<T>): Promise<T> {
    try {
      for (let tries = 1; tries < limits.tries; tries++) {
        try {
          return await work();
        } catch (error) {
          if (!isPassing(error)) throw error;
          await pause(limits.firstPauseMs * 2 ** (tries - 1));
        }
      }
      return await work();
    } catch (error) {
      throw storageError(error);
    }
  }

  /** Of a condition that the store has found wanting: another object is there. */
  const unlessThere = (work: () => Promise<unknown>) =>
    call(async () => {
      try {
        await work();
        return true;
      } catch (error) {
        if (refusalOf(error).status === 412) return false;
        throw error;
      }
    });

  return {
    sizeOf: (key) =>
      call(async () => {
        try {
          return await s3.getContentLength(key);
        } catch (error) {
          if (refusalOf(error).status === 404) return undefined;
          throw error;
        }
      }),
    textOf: (key) => call(async () => (await s3.getObject(key)) ?? undefined),
    read: (key) => call(async () => (await s3.getObjectResponse(key))?.body ?? undefined),
    create: (key, text) =>
      unlessThere(() => s3.putObject(key, text, 'text/plain', undefined, UNLESS_THERE as Record<never, string>)),
    upload: (key, { path, size, sha256 }, { anew }) =>
      unlessThere(() => {
        const headers = {
          'x-amz-checksum-sha256': Buffer.from(sha256, 'hex').toString('base64'),
          ...(anew ? {} : UNLESS_THERE),
        };
        // Read anew by each try. The client hands it through to our own fetch.
        const body = createReadStream(path) as unknown as ReadableStream;
        return s3.putObject(key, body, contentTypeOf(key), undefined, headers, size);
      }),
    copy: (from, to) => call(async () => void (await s3.copyObject(from, to))),
    remove: (key) => call(async () => void (await s3.deleteObject(key))),
    signedUrl: (key, seconds) => outside.getPresignedUrl('GET', key, seconds),
    close: () => send.close(),
  };
}

const contentTypeOf = (key: string) => formatOfName(key)?.mediaType ?? 'application/octet-stream';

/** Spread, so that callers who failed together do not come back together. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms * (0.5 + Math.random() / 2)));
}
