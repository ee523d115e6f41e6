/** A picture in memory: three bytes a pixel, red green blue, row by row, upright. */
export interface Raw {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** A part of the upright picture, as fractions of its width and height. */
export interface Part {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** What is done with a picture once its size is known, before any of it is decoded. */
export interface Wanted {
  /** @throws what its caller throws of a size that is not read */
  check(width: number, height: number): void;
  /** How long the longest side is to stay. */
  longestSide(width: number, height: number): number;
  /** Only this is kept. */
  readonly part?: Part;
}

export type DecodeFault = 'unreadable' | 'too_large' | 'unsupported';

/** Bytes of which no picture can be made. The message is a sentence that may be shown. */
export class DecodeError extends Error {
  readonly fault: DecodeFault;

  constructor(fault: DecodeFault, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'DecodeError';
    this.fault = fault;
  }
}

/** The same part in whole pixels; never less than one. */
export function pixelsOf(part: Part, width: number, height: number) {
  const [left, columns] = span(part.x, part.width, width);
  const [top, rows] = span(part.y, part.height, height);
  return { left, top, width: columns, height: rows };
}

/** What sums of fractions are off by must not become a pixel. */
const EPSILON = 1e-6;

function span(from: number, part: number, whole: number): [start: number, pixels: number] {
  const start = Math.max(0, Math.min(whole - 1, Math.floor(from * whole + EPSILON)));
  return [start, Math.max(1, Math.min(whole - start, Math.ceil(part * whole - EPSILON)))];
}
