/** A rectangle of print: centre, length along and height across the reading direction, and its tilt in radians. */
export interface Box {
  readonly cx: number;
  readonly cy: number;
  readonly width: number;
  readonly height: number;
  readonly angle: number;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** The rectangle of least area around a set of points, tilted by more than -45° and at most 45°. */
export function smallestRectangle(points: readonly Point[]): Box {
  const hull = convexHull(points);
  let best: Box | undefined;
  let bestArea = Number.POSITIVE_INFINITY;
  for (let i = 0; i < hull.length; i++) {
    const from = hull[i] ?? ORIGIN;
    const to = hull[(i + 1) % hull.length] ?? ORIGIN;
    const box = rectangleAt(hull, quarterAngle(Math.atan2(to.y - from.y, to.x - from.x)));
    const area = (box.width + 1) * (box.height + 1);
    if (area < bestArea) {
      bestArea = area;
      best = box;
    }
  }
  return best ?? rectangleAt(hull, 0);
}

const ORIGIN: Point = { x: 0, y: 0 };

/** The same direction modulo 90°, in (-45°, 45°]. */
function quarterAngle(angle: number): number {
  const quarter = Math.PI / 2;
  let rest = angle % quarter;
  if (rest > quarter / 2) rest -= quarter;
  if (rest <= -quarter / 2) rest += quarter;
  return rest;
}

function rectangleAt(points: readonly Point[], angle: number): Box {
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  let [minU, maxU, minV, maxV] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const { x, y } of points) {
    const u = x * cos + y * sin;
    const v = y * cos - x * sin;
    minU = Math.min(minU, u);
    maxU = Math.max(maxU, u);
    minV = Math.min(minV, v);
    maxV = Math.max(maxV, v);
  }
  const u = (minU + maxU) / 2;
  const v = (minV + maxV) / 2;
  return { cx: u * cos - v * sin, cy: u * sin + v * cos, width: maxU - minU, height: maxV - minV, angle };
}

function convexHull(points: readonly Point[]): Point[] {
  const sorted = [...points].sort((a, b) => a.x - b.x || a.y - b.y);
  if (sorted.length < 3) return sorted;
  return [...halfHull(sorted), ...halfHull(sorted.reverse())];
}

function halfHull(points: readonly Point[]): Point[] {
  const chain: Point[] = [];
  for (const p of points) {
    while (chain.length >= 2 && turnsRight(chain.at(-2) ?? p, chain.at(-1) ?? p, p)) chain.pop();
    chain.push(p);
  }
  chain.pop();
  return chain;
}

function turnsRight(a: Point, b: Point, c: Point): boolean {
  return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x) <= 0;
}

/** The box of the same print after the picture was turned clockwise; sizes are of the picture before. */
export function turnBox(box: Box, degrees: 0 | 90 | 180 | 270, width: number, height: number): Box {
  if (degrees === 0) return box;
  if (degrees === 180) return { ...box, cx: width - box.cx, cy: height - box.cy };
  const swapped = { ...box, width: box.height, height: box.width };
  return degrees === 90
    ? { ...swapped, cx: height - box.cy, cy: box.cx }
    : { ...swapped, cx: box.cy, cy: width - box.cx };
}

export function scaleBox(box: Box, byX: number, byY: number): Box {
  const by = (byX + byY) / 2;
  return { cx: box.cx * byX, cy: box.cy * byY, width: box.width * by, height: box.height * by, angle: box.angle };
}
