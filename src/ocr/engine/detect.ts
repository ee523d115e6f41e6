import { type InferenceSession, Tensor } from 'onnxruntime-node';
import sharp from 'sharp';
import { cutRectangle, type Pixels } from '../image/pixels.ts';
import { type Box, scaleBox } from './box.ts';
import { boxesOfMap } from './components.ts';

/** The size at which print is looked for. */
const DETECTION_SIZE = {
  longSidePx: 960,
  /** A long slip keeps more of its width than 960 rows would leave it, at about the same cost as a page. */
  minAreaPx: 620_000,
  stepPx: 32,
} as const;

const MEAN = [0.485, 0.456, 0.406] as const;
const DEVIATION = [0.229, 0.224, 0.225] as const;

/** A page this many times longer than wide is looked at in pieces, or its print is shrunk until it cannot be told apart. */
const PIECES = { fromRatio: 4, ratio: 3, overlap: 0.25 } as const;

/** Finds lines of print. The boxes are in pixels of the given picture. */
export async function detect(session: InferenceSession, pixels: Pixels, runs: NetworkClock): Promise<Box[]> {
  const boxes: Box[] = [];
  for (const piece of piecesOf(pixels.width, pixels.height)) {
    const whole = piece.width === pixels.width && piece.height === pixels.height;
    const cut = whole ? pixels : cutRectangle(pixels, piece.x, piece.y, piece.width, piece.height);
    for (const box of await detectPiece(session, cut, runs)) {
      const placed = { ...box, cx: box.cx + piece.x, cy: box.cy + piece.y };
      const at = pixels.height >= pixels.width ? placed.cy : placed.cx;
      if (at >= piece.from && at < piece.to) boxes.push(placed);
    }
  }
  return boxes;
}

/** A part of the page; of what two parts both see, the one counts in whose range its centre lies. */
export interface Piece {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly from: number;
  readonly to: number;
}

/** Cuts a long page across its long side into pieces that overlap; any other page is one piece. */
export function piecesOf(width: number, height: number): Piece[] {
  const [long, short] = height >= width ? [height, width] : [width, height];
  const count = long < short * PIECES.fromRatio ? 1 : Math.ceil(long / (short * PIECES.ratio));
  const margin = Math.ceil(short * PIECES.overlap);
  return Array.from({ length: count }, (_, i) => {
    const from = i === 0 ? Number.NEGATIVE_INFINITY : Math.round((long * i) / count);
    const to = i === count - 1 ? Number.POSITIVE_INFINITY : Math.round((long * (i + 1)) / count);
    const start = Math.max(0, from - margin);
    const length = Math.min(long, to + margin) - start;
    return height >= width
      ? { x: 0, y: start, width, height: length, from, to }
      : { x: start, y: 0, width: length, height, from, to };
  });
}

async function detectPiece(session: InferenceSession, pixels: Pixels, runs: NetworkClock): Promise<Box[]> {
  const { width, height } = detectionSize(pixels.width, pixels.height);
  const small = await sharp(pixels.data, { raw: { width: pixels.width, height: pixels.height, channels: 3 } })
    .resize({ width, height, fit: 'fill', kernel: 'linear' })
    .raw()
    .toBuffer();
  const input = new Tensor('float32', normalise(small, width * height), [1, 3, height, width]);
  const map = await runs.time(() => runNetwork(session, input));
  return boxesOfMap(map, width, height).map((box) => scaleBox(box, pixels.width / width, pixels.height / height));
}

/** The shrunken size: multiples of 32, never enlarged by more than rounding. */
function detectionSize(width: number, height: number): { width: number; height: number } {
  const byLongSide = DETECTION_SIZE.longSidePx / Math.max(width, height);
  const byArea = Math.sqrt(DETECTION_SIZE.minAreaPx / (width * height));
  const scale = Math.min(1, Math.max(byLongSide, byArea));
  return { width: toStep(width * scale), height: toStep(height * scale) };
}

function toStep(size: number): number {
  return Math.max(DETECTION_SIZE.stepPx, Math.round(size / DETECTION_SIZE.stepPx) * DETECTION_SIZE.stepPx);
}

/** Blue, green, red planes, as the network was trained. */
function normalise(data: Uint8Array, pixels: number): Float32Array {
  const planes = new Float32Array(pixels * 3);
  for (let channel = 0; channel < 3; channel++) {
    const mean = (MEAN[channel] ?? 0) * 255;
    const factor = 1 / ((DEVIATION[channel] ?? 1) * 255);
    const offset = channel * pixels;
    for (let i = 0, from = 2 - channel; i < pixels; i++, from += 3) {
      planes[offset + i] = ((data[from] ?? 0) - mean) * factor;
    }
  }
  return planes;
}

/** Runs a network of one input and one output. */
export async function runNetwork(session: InferenceSession, input: Tensor): Promise<Float32Array> {
  const inputName = session.inputNames[0] ?? '';
  const outputName = session.outputNames[0] ?? '';
  const output = (await session.run({ [inputName]: input }))[outputName];
  if (output === undefined || !(output.data instanceof Float32Array)) throw new Error('The network gave no numbers.');
  const numbers = output.data;
  input.dispose();
  return numbers;
}

/** Adds up the time spent inside the networks, so that everything around them can be measured against it. */
export interface NetworkClock {
  time<T>(run: () => Promise<T>): Promise<T>;
  totalMs(): number;
}

export function createNetworkClock(): NetworkClock {
  let totalMs = 0;
  return {
    async time(run) {
      const from = performance.now();
      try {
        return await run();
      } finally {
        totalMs += performance.now() - from;
      }
    },
    totalMs: () => totalMs,
  };
}
