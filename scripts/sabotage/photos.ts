import type { Sabotage } from './row.ts';

/** Guards of photos that a model names. */
export const PHOTO_SABOTAGES: readonly Sabotage[] = [
  {
    guard: 'the allowed folders',
    promise: 'S1: no path of a model leads outside them',
    file: 'mcp/photos/allowed-folders.ts',
    find: 'if (place !== undefined && (await holds(place))) return place;',
    replace: 'if (place !== undefined) return place;',
    tests: ['test/mcp/allowed-folders.test.ts'],
  },
  {
    guard: 'links resolved before a path is compared',
    promise: 'S1: no link inside an allowed folder leads out of it',
    file: 'mcp/photos/allowed-folders.ts',
    find: 'const place = await realpath(asked).catch(() => undefined);',
    replace: 'const place: string | undefined = asked;',
    tests: ['test/mcp/allowed-folders.test.ts'],
  },
  {
    guard: 'the plain file, once it is open',
    promise: 'S1: a pipe or device that was put in place of a photo is not read',
    file: 'mcp/photos/open-photo.ts',
    find: '    if (!seen.isFile()) throw notPlain();\n',
    replace: '',
    tests: ['test/mcp/allowed-folders.test.ts'],
  },
  {
    guard: 'the place of a file, looked at again once it is open',
    promise: 'S1: a folder that became a link after the check leads nowhere',
    file: 'mcp/photos/open-photo.ts',
    find: "    if (!(await isStillThere(place, seen, folders))) throw outside('It', folders.names);\n",
    replace: '',
    tests: ['test/mcp/allowed-folders.test.ts'],
  },
  {
    guard: 'the look at a file after it was read',
    promise: 'A file that changes while it is read is refused, not half of it stored',
    file: 'mcp/photos/open-photo.ts',
    find: 'if (size === seen.size && mtimeMs === seen.mtimeMs) return;',
    replace: 'if (size >= 0 && mtimeMs >= 0) return;',
    tests: ['test/mcp/add-receipts.test.ts'],
  },
  {
    guard: 'one photo for one upload address',
    promise: 'M2: an upload address is used once',
    file: 'src/queue/upload-addresses.ts',
    find: '{ ...said, bytes, idempotency: { key: id } }',
    replace: '{ ...said, bytes, idempotency: { key: id + randomUUID() } }',
    tests: ['test/http/upload-address.test.ts'],
  },
  {
    guard: 'the end of an upload address',
    promise: 'M2: an upload address is of no use after 15 minutes',
    file: 'src/queue/upload-addresses.ts',
    find: 'if (now.getTime() >= expiresAt) {',
    replace: 'if (expiresAt < 0) {',
    tests: ['test/http/upload-address.test.ts'],
  },
];
