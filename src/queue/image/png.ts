import { crc32 } from 'node:zlib';
import type { Inspector } from './inspector.ts';
import { countRows, type Raster, rowBytesOf } from './png-rows.ts';
import { checkSize, unreadable } from './refusals.ts';
import { createWalker, uint, type Walk } from './walk.ts';

const SIGNATURE_BYTES = 8;
const CHECKSUM_BYTES = 4;
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

interface Header extends Raster {
  readonly colourType: number;
}

const damaged = () => unreadable('The picture data of the PNG is damaged.');

/** Eight bytes of signature, then chunks: length, name, data, checksum, up to IEND. */
export function inspectPng({ wholly }: { wholly: boolean }): Inspector {
  let pictureBytes = 0;
  let header: Header | undefined;
  const rows = wholly ? countRows(() => (header ? rowBytesOf(header) : 0)) : undefined;
  const walker = createWalker(chunks());

  function* chunks(): Walk {
    yield { skip: SIGNATURE_BYTES };
    header = yield* readHeader();
    let palette = false;
    let name = '';
    while (name !== 'IEND') {
      const start = yield { take: 8 };
      const length = uint(start, 0, 4);
      name = String.fromCharCode(...start.subarray(4));
      if (!/^[A-Za-z]{4}$/.test(name) || length > 2 ** 31 - 1) throw unreadable('The PNG has a chunk without a name.');
      if (name === 'IDAT') yield* pictureData(start, palette);
      else yield { skip: length + CHECKSUM_BYTES };
      palette ||= name === 'PLTE';
    }
  }

  function* pictureData(start: Uint8Array, palette: boolean): Walk {
    if (header?.colourType === PALETTE && !palette) throw unreadable('The PNG has no palette before its picture data.');
    const length = uint(start, 0, 4);
    let checksum = crc32(start.subarray(4));
    const add = (bytes: Uint8Array) => {
      checksum = crc32(bytes, checksum);
      rows?.add(bytes);
    };
    const head = yield { take: pictureBytes === 0 ? Math.min(2, length) : 0 };
    if (head.length === 2 && uint(head, 0, 2) % 31 !== 0) throw damaged();
    add(head);
    yield { skip: length - head.length, seen: add };
    if (uint(yield { take: CHECKSUM_BYTES }, 0, CHECKSUM_BYTES) !== checksum) throw damaged();
    pictureBytes += length;
  }

  return {
    push: (bytes) => walker.push(bytes),
    ...(rows && {
      work: async () => {
        if (!(await rows.work())) throw damaged();
      },
      close: rows.close,
    }),
    fault() {
      if (!header || !walker.ended()) return 'ends_early';
      if (pictureBytes === 0) return 'no_picture';
      const wanted = rowBytesOf(header);
      return (rows ? rows.bytes() : pictureBytes * MAX_RATIO) < wanted ? 'ends_early' : undefined;
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
  return { width, height, colourType, bitsPerPixel: colours.samples * depth, interlaced: interlace === 1 };
}
