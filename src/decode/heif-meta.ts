import { uint } from './bytes.ts';

/** A box of a file of this family: its name, and where its content lies. */
interface Box {
  readonly name: string;
  readonly at: number;
  readonly end: number;
}

export interface HeifSize {
  readonly width: number;
  readonly height: number;
}

/** What the head of a HEIC or AVIF says of its pictures. */
export interface HeifMeta {
  /** How the picture that is shown is coded: `hvc1`, `av01`, `grid`, …; undefined: it names none. */
  readonly codedAs: string | undefined;
  readonly size: HeifSize | undefined;
  /** Of all pictures, tiles and previews in it. */
  readonly sizes: readonly HeifSize[];
  /** Where the data of the last part ends; 0: there is no data. */
  readonly dataEnd: number;
}

/** The head of a whole file; undefined where it has none. */
export function heifMetaOf(file: Uint8Array): HeifMeta | undefined {
  for (const { name, at, end } of boxesIn(file, 0, file.length)) {
    if (name === 'meta') return readHeifMeta(file.subarray(at, end));
  }
  return undefined;
}

/** Versions and flags stand before the content of a full box. */
const FLAGS_BYTES = 4;
const SIZE_BYTES = 12;

/**
 * Reads a `meta` box (ISO/IEC 23008-12). Numbers that lead outside of it read as 0, so nothing is thrown; every loop ends with
 * the bytes.
 * @param meta the content of the box
 */
export function readHeifMeta(meta: Uint8Array): HeifMeta {
  const boxes = [...boxesIn(meta, FLAGS_BYTES, meta.length)];
  const inside = (name: string) => boxes.find((box) => box.name === name);
  const properties = inside('iprp');
  const parts = properties ? [...boxesIn(meta, properties.at, properties.end)] : [];
  const container = parts.find(({ name }) => name === 'ipco');
  const list = container ? [...boxesIn(meta, container.at, container.end)] : [];
  const shown = readPrimary(meta, inside('pitm'));
  const owned = new Set(
    parts.filter(({ name }) => name === 'ipma').flatMap((box) => associationsOf(meta, box, shown ?? -1)),
  );
  const sized = list.map((box, index) => ({ box, nth: index + 1 })).filter(({ box }) => box.name === 'ispe');
  const own = sized.find(({ nth }) => owned.has(nth));
  return {
    codedAs: typeOf(meta, inside('iinf'), shown),
    size: own && sizeOf(meta, own.box),
    sizes: sized.map(({ box }) => sizeOf(meta, box)),
    dataEnd: endOfData(meta, inside('iloc')),
  };
}

function* boxesIn(bytes: Uint8Array, from: number, to: number): Generator<Box> {
  for (let at = from; at + 8 <= to; ) {
    const length = uint(bytes, at, 4);
    const end = length === 0 ? to : at + length;
    if (end < at + 8 || end > to) return;
    yield { name: String.fromCharCode(...bytes.subarray(at + 4, at + 8)), at: at + 8, end };
    at = end;
  }
}

const sizeOf = (bytes: Uint8Array, { at, end }: Box): HeifSize =>
  end - at < SIZE_BYTES ? { width: 0, height: 0 } : { width: uint(bytes, at + 4, 4), height: uint(bytes, at + 8, 4) };

function readPrimary(bytes: Uint8Array, box: Box | undefined): number | undefined {
  return box && uint(bytes, box.at + FLAGS_BYTES, bytes[box.at] === 0 ? 2 : 4);
}

function typeOf(bytes: Uint8Array, box: Box | undefined, id: number | undefined): string | undefined {
  if (!box || id === undefined) return undefined;
  const countBytes = bytes[box.at] === 0 ? 2 : 4;
  for (const entry of boxesIn(bytes, box.at + FLAGS_BYTES + countBytes, box.end)) {
    const version = bytes[entry.at] ?? 0;
    if (entry.name !== 'infe' || version < 2) continue;
    const idBytes = version === 2 ? 2 : 4;
    if (uint(bytes, entry.at + FLAGS_BYTES, idBytes) !== id) continue;
    const at = entry.at + FLAGS_BYTES + idBytes + 2;
    return String.fromCharCode(...bytes.subarray(at, at + 4));
  }
  return undefined;
}

/** Numbers of the properties of one part. */
function associationsOf(bytes: Uint8Array, { at: start, end }: Box, id: number): number[] {
  const idBytes = bytes[start] === 0 ? 2 : 4;
  const bytesEach = (bytes[start + 3] ?? 0) & 1 ? 2 : 1;
  let at = start + FLAGS_BYTES + 4;
  while (at < end) {
    const owner = uint(bytes, at, idBytes);
    const count = bytes[at + idBytes] ?? 0;
    const first = at + idBytes + 1;
    at = first + count * bytesEach;
    // The highest bit says that a reader must know the property.
    const mask = bytesEach === 2 ? 0x7fff : 0x7f;
    if (owner === id)
      return Array.from({ length: count }, (_, nth) => uint(bytes, first + nth * bytesEach, bytesEach) & mask);
  }
  return [];
}

/** Which bytes of the file the parts take. */
function endOfData(bytes: Uint8Array, box: Box | undefined): number {
  if (!box) return 0;
  const version = bytes[box.at] ?? 0;
  const [sizes = 0, more = 0] = bytes.subarray(box.at + FLAGS_BYTES, box.at + FLAGS_BYTES + 2);
  const width = { offset: sizes >> 4, length: sizes & 15, base: more >> 4, index: version > 0 ? more & 15 : 0 };
  const idBytes = version < 2 ? 2 : 4;
  const extentBytes = width.index + width.offset + width.length;
  let at = box.at + FLAGS_BYTES + 2 + idBytes;
  let last = 0;
  while (at + idBytes < box.end) {
    at += idBytes;
    // 0: in the file itself, which is how pictures lie; other parts lie in this box.
    const inFile = version === 0 || (uint(bytes, at, 2) & 15) === 0;
    at += (version === 0 ? 0 : 2) + 2;
    const base = uint(bytes, at, width.base);
    at += width.base;
    const extents = uint(bytes, at, 2);
    at += 2;
    for (let nth = 0; nth < extents && at < box.end && extentBytes > 0; nth++, at += extentBytes) {
      const offset = uint(bytes, at + width.index, width.offset);
      const length = uint(bytes, at + width.index + width.offset, width.length);
      if (inFile) last = Math.max(last, base + offset + Math.max(1, length));
    }
  }
  return last;
}
