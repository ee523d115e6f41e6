import nodePath from 'node:path';
import type { Blobs } from '../ports.ts';
import { createFolderBlobs } from './folder.ts';
import { folderIdOf, readFolderId } from './folder-id.ts';
import type { Keeper } from './keeper.ts';
import { openS3Store } from './s3.ts';
import type { S3Settings } from './s3-client.ts';

/** Where images are kept. */
export interface ImageStoreSettings {
  /** The folder; with an S3 store, where uploads wait for their hash. */
  readonly dir: string;
  readonly bucket: string;
  readonly s3?: S3Settings | undefined;
}

export interface ImageStore {
  readonly blobs: Blobs & Keeper;
  readonly kind: 'folder' | 's3';
  /** The same for all processes that use this very store. */
  readonly id: string;
  /** The id as it lies in the store now; undefined when it is gone. */
  idNow(): Promise<string | undefined>;
  /** As an operator knows it. */
  readonly shown: string;
  close(): Promise<void>;
}

/** Uploads on their way, of a folder and of an S3 store alike. */
export const incomingOf = (dir: string): string => nodePath.join(dir, '.incoming');

/** @throws AppError storage_unavailable, with what a person must put right */
export async function openImageStore({ dir, bucket, s3 }: ImageStoreSettings): Promise<ImageStore> {
  if (s3 !== undefined) {
    const store = await openS3Store({ settings: s3, bucket, spoolDir: incomingOf(dir) });
    return { ...store, kind: 's3', shown: s3.endpoint };
  }
  const blobs = await createFolderBlobs({ dir, bucket });
  return {
    blobs,
    kind: 'folder',
    id: await folderIdOf(dir),
    idNow: () => readFolderId(dir),
    shown: dir,
    close: async () => {},
  };
}
