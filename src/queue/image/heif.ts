import { type HeifMeta, readHeifMeta } from '../../decode/heif-meta.ts';
import type { Inspector } from './inspector.ts';
import { checkMost, checkSize, unreadable, unsupported } from './refusals.ts';
import { createWalker, uint, type Walk } from './walk.ts';

/** Telephones write a few kilobytes; a panorama in tiles about 40. */
const MAX_META_BYTES = 1024 * 1024;
/** A tile or preview each. */
const MAX_PARTS = 4_096;

interface Family {
  readonly name: string;
  /** How the picture that is shown may be coded: by its codec, or as tiles of such pictures. */
  readonly codings: readonly string[];
}
const HEIC: Family = { name: 'HEIC', codings: ['hvc1', 'grid', 'iden'] };
const AVIF: Family = { name: 'AVIF', codings: ['av01', 'grid', 'iden'] };

export const inspectHeic = (): Inspector => inspectHeif(HEIC);
export const inspectAvif = (): Inspector => inspectHeif(AVIF);

/** Boxes of a length, a name and content. `meta` tells of the pictures, and where in the file their data lies. */
function inspectHeif(family: Family): Inspector {
  let meta: HeifMeta | undefined;
  let bytesSeen = 0;
  const walker = createWalker(boxes());

  function* boxes(): Walk {
    while (meta === undefined) {
      const start = yield { take: 8 };
      const name = String.fromCharCode(...start.subarray(4));
      const short = uint(start, 0, 4);
      const long = short === 1 ? yield { take: 8 } : undefined;
      const length = long ? uint(long, 0, 8) - 16 : short - 8;
      // One without an end goes on to that of the file: nothing of a picture's head stands behind it.
      if (short === 0) return;
      if (length < 0 || !/^[\x20-\x7e]{4}$/.test(name)) throw unreadable(`The ${family.name} is damaged.`);
      if (name !== 'meta') yield { skip: length };
      else meta = yield* readMeta(length);
    }
  }

  function* readMeta(length: number): Generator<{ skip: number; seen(bytes: Uint8Array): void }, HeifMeta, Uint8Array> {
    if (length > MAX_META_BYTES) throw unreadable(`The head of the ${family.name} is larger than any picture's.`);
    const pieces: Uint8Array[] = [];
    yield { skip: length, seen: (bytes) => void pieces.push(Uint8Array.from(bytes)) };
    const read = readHeifMeta(Buffer.concat(pieces));
    refuse(read, family);
    return read;
  }

  return {
    push(bytes) {
      bytesSeen += bytes.length;
      walker.push(bytes);
    },
    fault() {
      if (meta === undefined) return walker.ended() ? 'no_picture' : 'ends_early';
      return meta.dataEnd === 0 ? 'no_picture' : meta.dataEnd > bytesSeen ? 'ends_early' : undefined;
    },
  };
}

function refuse({ codedAs, size, sizes }: HeifMeta, { name, codings }: Family): void {
  if (codedAs === undefined || size === undefined) throw unreadable(`The ${name} names no picture.`);
  if (sizes.length > MAX_PARTS) throw unreadable(`The ${name} has more than ${MAX_PARTS} parts.`);
  checkSize(size.width, size.height);
  for (const each of sizes) checkMost(each.width, each.height);
  if (!codings.includes(codedAs)) throw unsupported(`The ${name} is coded in a way that is not read here.`);
}
