import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { receiptPhoto } from '../../http/support/images.ts';

export type Format =
  | 'jpeg'
  | 'progressive'
  | 'restarts'
  | 'grey'
  | 'png'
  | 'palette'
  | 'interlaced'
  | 'webp'
  | 'lossless';
const photo = () => sharp(receiptPhoto).resize(480, 640, { fit: 'fill' });
export const MAKERS: Readonly<Record<Format, () => Promise<Buffer>>> = {
  jpeg: () => photo().jpeg().toBuffer(),
  progressive: () => photo().jpeg({ progressive: true }).toBuffer(),
  restarts: async () => receiptPhoto,
  grey: () => photo().greyscale().jpeg({ chromaSubsampling: '4:4:4' }).toBuffer(),
  png: () => photo().png().toBuffer(),
  palette: () => photo().png({ palette: true }).toBuffer(),
  interlaced: () => photo().png({ progressive: true }).toBuffer(),
  webp: () => photo().webp().toBuffer(),
  lossless: () => photo().webp({ lossless: true }).toBuffer(),
};
export const formats = Object.keys(MAKERS) as Format[];
export const isJpeg = (format: Format) => ['jpeg', 'progressive', 'restarts', 'grey'].includes(format);
export const isPng = (format: Format) => ['png', 'palette', 'interlaced'].includes(format);

export interface Piece {
  readonly name: string;
  readonly at: number;
  readonly end: number;
}

/** Where the parts of a file lie: the structural places at which it can be cut. */
export function piecesOf(format: Format, bytes: Buffer): Piece[] {
  const pieces: Piece[] = [];
  if (isJpeg(format)) {
    for (let at = 2; at < bytes.length; ) {
      const code = bytes[at + 1] ?? 0;
      let end = at + 2 + (code === 0xd9 ? 0 : bytes.readUInt16BE(at + 2));
      if (code === 0xda) {
        while (bytes[end] !== 0xff || bytes[end + 1] === 0 || ((bytes[end + 1] ?? 0) & 0xf8) === 0xd0) end++;
      }
      pieces.push({ name: code.toString(16), at, end });
      at = end;
    }
  } else if (isPng(format)) {
    for (let at = 8; at < bytes.length; ) {
      const end = at + 12 + bytes.readUInt32BE(at);
      pieces.push({ name: bytes.toString('latin1', at + 4, at + 8), at, end });
      at = end;
    }
  } else {
    for (let at = 12; at < bytes.length; ) {
      const length = bytes.readUInt32LE(at + 4);
      const end = at + 8 + length + (length % 2);
      pieces.push({ name: bytes.toString('latin1', at, at + 4), at, end });
      at = end;
    }
  }
  return pieces;
}

/** The same picture with another claim about its size; checksums are right. */
export function claiming(format: Format, bytes: Buffer, width: number, height: number): Buffer {
  const copy = Buffer.from(bytes);
  const pieces = piecesOf(format, copy);
  if (isJpeg(format)) {
    const { at = 0 } = pieces.find(({ name }) => name === 'c0' || name === 'c2') ?? {};
    copy.writeUInt16BE(height, at + 5);
    copy.writeUInt16BE(width, at + 7);
  } else if (isPng(format)) {
    copy.writeUInt32BE(width, 16);
    copy.writeUInt32BE(height, 20);
    copy.writeUInt32BE(crc32(copy.subarray(12, 29)), 29);
  } else {
    const { at = 0, name } = pieces.find((piece) => /^VP8[ L]$/.test(piece.name)) ?? {};
    if (name === 'VP8 ') {
      copy.writeUInt16LE(width, at + 14);
      copy.writeUInt16LE(height, at + 16);
    } else copy.writeUInt32LE(((width - 1) | ((height - 1) << 14)) >>> 0, at + 9);
  }
  return copy;
}

export const without = (bytes: Buffer, pieces: readonly Piece[], name: RegExp): Buffer => {
  const gone = pieces.filter((piece) => name.test(piece.name));
  const kept = gone.reduceRight(
    (rest, { at, end }) => Buffer.concat([rest.subarray(0, at), rest.subarray(end)]),
    bytes,
  );
  if (kept.toString('latin1', 0, 4) === 'RIFF') kept.writeUInt32LE(kept.length - 8, 4);
  return kept;
};

export const chunkOf = (name: string, data: Buffer): Buffer => {
  const chunk = Buffer.concat([Buffer.alloc(4), Buffer.from(name), data, Buffer.alloc(4)]);
  chunk.writeUInt32BE(data.length, 0);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, -4)), chunk.length - 4);
  return chunk;
};
