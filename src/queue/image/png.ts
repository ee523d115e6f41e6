import { crc32 } from 'node:zlib';
import type { Inspector } from './inspector.ts';
import { checkSize, unreadable } from './refusals.ts';
import { createWalker, uint, type Walk } from './walk.ts';

const SIGNATURE_BYTES = 8;
/** Deflate makes at most so many bytes out of one. */
const MAX_RATIO = 1_032;
/** Samples a pixel and the depths that each colour type may have. */
const COLOUR_TYPES: Readonly<Record<number, { samples: number; depths: readonly number[] }>> = {
  0: { samples: 1, depths: [1, 2, 4, 8, 16] },
  2: { samples: 3, depths: [8, 16] },
  3: { samples: 1, depths: [1, 2, 4, 8] },
  4: { samples: 2, depths: [8, 16] },
  6: { samples: 4, depths: [8, 16] },
};
const PALETTE = 3;

interface Header {
  readonly height: number;
  readonly colourType: number;
  readonly rowBytes: number;
}

/** Eight bytes of signature, then chunks: length, name, data, checksum, up to IEND. */
export function inspectPng(): Inspector {
  let pictureBytes = 0;
  let header: Header | undefined;
  const walker = createWalker(chunks());

  function* chunks(): Walk {
    yield { skip: SIGNATURE_BYTES };
    header = yield* readHeader();
    let palette = false;
    for (;;) {
      const start = yield { take: 8 };
      const length = uint(start, 0, 4);
      const name = String.fromCharCode(...start.subarray(4));
      if (!/^[A-Za-z]{4}$/.test(name) || length > 2 ** 31 - 1) throw unreadable('The PNG has a chunk without a name.');
      if (name === 'IDAT') yield* pictureData(length, pictureBytes === 0, palette);
      palette ||= name === 'PLTE';
      if (name !== 'IDAT') yield { skip: length };
      // Of the end, the checksum must be there too.
      yield { take: 4 };
      if (name === 'IEND') return;
    }
  }

  function* pictureData(length: number, first: boolean, palette: boolean): Walk {
    if (header?.colourType === PALETTE && !palette) throw unreadable('The PNG has no palette before its picture data.');
    const head = Math.min(first ? 2 : 0, length);
    if (first && length >= 2 && uint(yield { take: head }, 0, 2) % 31 !== 0) {
      throw unreadable('The picture data of the PNG is damaged.');
    } else if (first && length < 2) yield { skip: head };
    yield { skip: length - head };
    pictureBytes += length;
  }

  return {
    push: (bytes) => walker.push(bytes),
    fault() {
      if (!header || !walker.ended()) return 'ends_early';
      if (pictureBytes === 0) return 'no_picture';
      const rawBytes = header.height * header.rowBytes;
      return pictureBytes * MAX_RATIO < rawBytes ? 'ends_early' : undefined;
    },
  };
}

function* readHeader(): Generator<{ take: number }, Header, Uint8Array> {
  const chunk = yield { take: 8 + 13 + 4 };
  const name = String.fromCharCode(...chunk.subarray(4, 8));
  if (uint(chunk, 0, 4) !== 13 || name !== 'IHDR') throw unreadable('The PNG does not begin with its header.');
  const [width, height] = [uint(chunk, 8, 4), uint(chunk, 12, 4)];
  checkSize(width, height);
  if (crc32(chunk.subarray(4, 21)) !== uint(chunk, 21, 4)) throw unreadable('The header of the PNG is damaged.');
  const [depth = 0, colourType = 0, compression, filter, interlace = 0] = chunk.subarray(16, 21);
  const colours = COLOUR_TYPES[colourType];
  if (!colours?.depths.includes(depth) || compression !== 0 || filter !== 0 || interlace > 1) {
    throw unreadable('The header of the PNG names a form that does not exist.');
  }
  return { height, colourType, rowBytes: Math.ceil((width * colours.samples * depth) / 8) };
}
