import { crc32, deflateRawSync } from 'node:zlib';

export interface ZipEntry {
  /** With `/` between folders. */
  readonly name: string;
  readonly content: Buffer;
}

const VERSION = 20;
const UTF8_NAMES = 0x0800;
const DEFLATED = 8;
/** 1980-01-01: a time of the build would make every archive another one. */
const FIRST_DAY = 0x21;
/** A file that its owner may write and everybody may read. */
const FILE_MODE = 0o100644 * 0x10000;
const MADE_ON_UNIX = 3 << 8;

/** A zip archive: the same entries always give the same bytes. */
export function zip(entries: readonly ZipEntry[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content } of entries) {
    const fileName = Buffer.from(name);
    const packed = deflateRawSync(content, { level: 9 });
    const facts = factsOf(content, packed, fileName);
    const header = record(0x04034b50, [[VERSION, 2], ...facts]);
    directory.push(
      record(0x02014b50, [
        ...[[VERSION | MADE_ON_UNIX, 2] as const, [VERSION, 2] as const, ...facts],
        // No comment, first disk, no internal attributes.
        ...[[0, 2] as const, [0, 2] as const, [0, 2] as const, [FILE_MODE, 4] as const, [offset, 4] as const],
      ]),
      fileName,
    );
    parts.push(header, fileName, packed);
    offset += header.length + fileName.length + packed.length;
  }
  const index = Buffer.concat(directory);
  const count = entries.length;
  const end = record(0x06054b50, [
    [0, 2],
    [0, 2],
    [count, 2],
    [count, 2],
    [index.length, 4],
    [offset, 4],
    [0, 2],
  ]);
  return Buffer.concat([...parts, index, end]);
}

type Field = readonly [value: number, bytes: 2 | 4];

/** What a local header and the directory both say of a file. */
function factsOf(content: Buffer, packed: Buffer, fileName: Buffer): Field[] {
  return [
    [UTF8_NAMES, 2],
    [DEFLATED, 2],
    [0, 2],
    [FIRST_DAY, 2],
    [crc32(content), 4],
    [packed.length, 4],
    [content.length, 4],
    [fileName.length, 2],
    [0, 2],
  ];
}

function record(signature: number, fields: readonly Field[]): Buffer {
  const all: readonly Field[] = [[signature, 4], ...fields];
  const buffer = Buffer.alloc(all.reduce((size, [, bytes]) => size + bytes, 0));
  let at = 0;
  for (const [value, bytes] of all) at = buffer.writeUIntLE(value, at, bytes);
  return buffer;
}
