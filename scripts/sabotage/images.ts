import type { Sabotage } from './row.ts';

/** Guards of images in an S3 store. */
export const IMAGE_SABOTAGES: readonly Sabotage[] = [
  {
    guard: 'the identity of the bucket, before an image is called missing',
    promise: 'I12: an emptied or exchanged bucket ends no job',
    file: 'src/blobs/s3.ts',
    find: "if ((await client.textOf(STORE_ID))?.trim() === id) return undefined;\n    throw unavailable('The bucket of the images is another one now, or has gone.');",
    replace: 'return undefined;',
    tests: ['test/blobs/s3-faults.test.ts'],
  },
  {
    guard: 'the hash of an image, compared where it is read',
    promise: 'S5: an image that was changed in the store is never used',
    file: 'src/blobs/checked.ts',
    find: "if (hash.digest('hex') !== expected) {",
    replace: "if (expected === '') {",
    tests: ['test/blobs/s3.test.ts', 'test/blobs/folder.test.ts'],
  },
  {
    guard: 'the copy of an image on its way out',
    promise: 'I12: a removal that is cut loses no image that a receipt names',
    file: 'src/blobs/s3.ts',
    find: 'if (isThere) await client.copy(key, ASIDE + key);\n',
    replace: '',
    tests: ['test/blobs/s3-faults.test.ts'],
  },
  {
    guard: 'the announcement of an upload',
    promise: 'I12: an upload that was cut leaves no image for ever',
    file: 'src/blobs/s3.ts',
    find: 'await announce?.(path);\n',
    replace: '',
    tests: ['test/http/s3-images.test.ts'],
  },
  {
    guard: 'the question for the image before an agent gets its address',
    promise: 'I10: a store that is away costs no call of the agent',
    file: 'src/blobs/image-url.ts',
    find: 'url !== undefined && !(await blobs.exists(imagePath))',
    replace: 'url === null',
    tests: ['test/http/s3-images.test.ts'],
  },
  {
    guard: 'no switch of the image store while the queue runs',
    promise: 'I12: no image stays behind in the other store',
    file: 'src/maintenance/move-images.ts',
    find: 'if (running === 0) return;',
    replace: 'if (running >= 0) return;',
    tests: ['test/blobs/move-images.test.ts'],
  },
];
