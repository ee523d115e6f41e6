import { type Box, smallestRectangle } from './box.ts';

/** Settings of the step from a probability map to boxes, measured on scans of receipts. */
const DETECTION = {
  pixelThreshold: 0.3,
  minPixels: 8,
  minScore: 0.5,
  /** How much a box grows: the network marks the inner part of a line only. */
  unclipRatio: 1.6,
  minSidePx: 6,
} as const;

/** The boxes of connected regions in a probability map, in pixels of the map. */
export function boxesOfMap(map: Float32Array, width: number, height: number): Box[] {
  const seen = new Uint8Array(width * height);
  const stack: number[] = [];
  const boxes: Box[] = [];
  for (let start = 0; start < map.length; start++) {
    if (seen[start] || (map[start] ?? 0) <= DETECTION.pixelThreshold) continue;
    seen[start] = 1;
    stack.push(start);
    let pixels = 0;
    let sum = 0;
    const rows = new Map<number, [number, number]>();
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      const x = at % width;
      const y = (at - x) / width;
      pixels++;
      sum += map[at] ?? 0;
      const row = rows.get(y);
      if (row === undefined) rows.set(y, [x, x]);
      else if (x < row[0]) row[0] = x;
      else if (x > row[1]) row[1] = x;
      if (x > 0) visit(at - 1);
      if (x + 1 < width) visit(at + 1);
      if (y > 0) visit(at - width);
      if (y + 1 < height) visit(at + width);
    }
    if (pixels < DETECTION.minPixels || sum / pixels < DETECTION.minScore) continue;
    const box = grow(smallestRectangle([...rows].flatMap(([y, [left, right]]) => ends(left, right, y))));
    if (Math.min(box.width, box.height) >= DETECTION.minSidePx) boxes.push(box);
  }
  return boxes;

  function visit(at: number): void {
    if (seen[at] || (map[at] ?? 0) <= DETECTION.pixelThreshold) return;
    seen[at] = 1;
    stack.push(at);
  }
}

/** A row of pixels covers its full width: its corners are those of the pixels, not their centres. */
function ends(left: number, right: number, y: number): { x: number; y: number }[] {
  return [
    { x: left, y },
    { x: right + 1, y },
    { x: left, y: y + 1 },
    { x: right + 1, y: y + 1 },
  ];
}

function grow(box: Box): Box {
  const by = (box.width * box.height * DETECTION.unclipRatio) / (2 * (box.width + box.height));
  return { ...box, width: box.width + 2 * by, height: box.height + 2 * by };
}
