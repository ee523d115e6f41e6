/** An upright picture in memory: three bytes a pixel, red green blue, row by row. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** Turns a picture by a multiple of 90° clockwise. */
export function turn(pixels: Pixels, degrees: 0 | 90 | 180 | 270): Pixels {
  if (degrees === 0) return pixels;
  const { width, height, data } = pixels;
  const swap = degrees !== 180;
  const outWidth = swap ? height : width;
  const outHeight = swap ? width : height;
  const out = new Uint8Array(data.length);
  for (let y = 0; y < outHeight; y++) {
    for (let x = 0; x < outWidth; x++) {
      let sourceX = width - 1 - x;
      let sourceY = height - 1 - y;
      if (degrees === 90) {
        sourceX = y;
        sourceY = height - 1 - x;
      } else if (degrees === 270) {
        sourceX = width - 1 - y;
        sourceY = x;
      }
      const from = (sourceY * width + sourceX) * 3;
      const to = (y * outWidth + x) * 3;
      out[to] = data[from] ?? 0;
      out[to + 1] = data[from + 1] ?? 0;
      out[to + 2] = data[from + 2] ?? 0;
    }
  }
  return { width: outWidth, height: outHeight, data: out };
}

/** A rectangle of a picture, cut to its bounds; whole pixels. */
export function cutRectangle(pixels: Pixels, x: number, y: number, width: number, height: number): Pixels {
  const left = Math.min(pixels.width - 1, Math.max(0, Math.floor(x)));
  const top = Math.min(pixels.height - 1, Math.max(0, Math.floor(y)));
  const outWidth = Math.max(1, Math.min(pixels.width - left, Math.ceil(width)));
  const outHeight = Math.max(1, Math.min(pixels.height - top, Math.ceil(height)));
  const data = new Uint8Array(outWidth * outHeight * 3);
  for (let row = 0; row < outHeight; row++) {
    const from = ((top + row) * pixels.width + left) * 3;
    data.set(pixels.data.subarray(from, from + outWidth * 3), row * outWidth * 3);
  }
  return { width: outWidth, height: outHeight, data };
}
