/** Of a picture and of what is made of it. Apart from the decoder, which only a lane loads. */
export const IMAGE_LIMITS = {
  maxBytes: 20 * 1024 * 1024,
  /** Above any scan at 600 dpi of A4 (35 megapixels), below what a decompression bomb needs. */
  maxPixels: 50_000_000,
  maxSidePx: 20_000,
  /** No line of print fits into fewer rows or columns. */
  minSidePx: 16,
  /** The longest side the engine works on. A JPEG much larger is shrunk while it is decoded. */
  workingSidePx: 3_200,
  /** A long slip or panorama keeps this width: it is looked at in pieces, at full sharpness. */
  workingWidthPx: 1_600,
  workingPixels: 13_000_000,
} as const;
