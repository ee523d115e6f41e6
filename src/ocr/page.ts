import type { Box } from './engine/box.ts';

/** One piece of print on the page, as found and read. */
export interface Segment {
  readonly text: string;
  /** Mean probability of its characters, 0 to 1. */
  readonly confidence: number;
  /** In pixels of the upright page. */
  readonly box: Box;
  /** Where each character stands, as a fraction of the box's width. */
  readonly positions: readonly number[];
}

/** A part of the page, as fractions of the upright page's width and height. */
export interface Region {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Segments that stand on one line, from left to right. */
export interface Line {
  readonly text: string;
  readonly confidence: number;
  readonly segments: readonly Segment[];
  readonly region: Region;
  /** Height of the print as a fraction of the page's usual print: 1 is usual, 2 a headline. */
  readonly size: number;
}

/** Everything read on one page, from top to bottom. */
export interface Page {
  readonly lines: readonly Line[];
  /** Size of the upright page in pixels. */
  readonly width: number;
  readonly height: number;
  /** How far the picture was turned clockwise to stand upright. */
  readonly turnedDegrees: 0 | 90 | 180 | 270;
  /** Pieces of print that were found and not read, because the page holds too many. */
  readonly unread: number;
}
