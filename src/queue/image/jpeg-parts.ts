import { isFrame, isRestart, JPEG } from './jpeg.ts';
import { uint } from './walk.ts';

/** By the next 16 bits: the length of the code in the high byte, its symbol in the low one; 0 = no code. */
export type HuffmanTable = Uint16Array;

export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly progressive: boolean;
  readonly components: readonly { readonly id: number; readonly h: number; readonly v: number }[];
  readonly maxH: number;
  readonly maxV: number;
}

export interface Scan {
  readonly components: readonly {
    readonly id: number;
    readonly h: number;
    readonly v: number;
    readonly dc: HuffmanTable | undefined;
    readonly ac: HuffmanTable | undefined;
  }[];
  /** Which coefficients, and down to which bit. */
  readonly first: number;
  readonly last: number;
  readonly low: number;
  readonly restartEvery: number;
  /** Where its codes begin in the file. */
  readonly dataAt: number;
}

/** @returns undefined when there is no frame or no scan */
export function readJpeg(bytes: Uint8Array): { frame: Frame; scans: readonly Scan[] } | undefined {
  const tables = new Map<number, HuffmanTable>();
  const scans: Scan[] = [];
  let frame: Frame | undefined;
  let restartEvery = 0;
  for (let at = 0; at < bytes.length; ) {
    at = bytes.indexOf(JPEG.lead, at);
    if (at < 0) break;
    const code = bytes[at + 1] ?? 0;
    at += code === JPEG.lead ? 1 : 2;
    if ([0, JPEG.lead, JPEG.start, JPEG.end, JPEG.temporary].includes(code) || isRestart(code)) continue;
    const body = bytes.subarray(at + 2, at + Math.max(2, uint(bytes, at, 2)));
    at += 2 + body.length;
    if (isFrame(code)) frame ??= readFrame(code, body);
    else if (code === 0xc4) readTables(body, tables);
    else if (code === 0xdd) restartEvery = uint(body, 0, 2);
    else if (code === JPEG.scan && frame) scans.push({ ...readScan(body, frame, tables), restartEvery, dataAt: at });
  }
  return frame && scans.length > 0 ? { frame, scans } : undefined;
}

function readFrame(code: number, body: Uint8Array): Frame {
  const components = Array.from({ length: body[5] ?? 0 }, (_, n) => {
    const sampling = body[7 + n * 3] ?? 0;
    return { id: body[6 + n * 3] ?? 0, h: Math.max(1, sampling >> 4), v: Math.max(1, sampling & 15) };
  });
  return {
    height: uint(body, 1, 2),
    width: uint(body, 3, 2),
    progressive: code === 0xc2,
    components,
    maxH: Math.max(...components.map(({ h }) => h)),
    maxV: Math.max(...components.map(({ v }) => v)),
  };
}

function readScan(body: Uint8Array, frame: Frame, tables: ReadonlyMap<number, HuffmanTable>) {
  const count = body[0] ?? 0;
  const components = Array.from({ length: count }, (_, n) => {
    const id = body[1 + n * 2] ?? 0;
    const chosen = body[2 + n * 2] ?? 0;
    const { h = 1, v = 1 } = frame.components.find((component) => component.id === id) ?? {};
    return { id, h, v, dc: tables.get(chosen >> 4), ac: tables.get(0x10 | (chosen & 15)) };
  });
  const [first = 0, last = 0, bits = 0] = body.subarray(1 + count * 2);
  return { components, first, last, low: bits & 15 };
}

/** Tables by class (0x00 of DC, 0x10 of AC) and number; a later one replaces an earlier. */
function readTables(body: Uint8Array, tables: Map<number, HuffmanTable>): void {
  for (let at = 0; at + 17 <= body.length; ) {
    const key = body[at] ?? 0;
    const counts = body.subarray(at + 1, at + 17);
    at += 17;
    const table = new Uint16Array(65_536);
    let code = 0;
    for (const [index, count] of counts.entries()) {
      const length = index + 1;
      for (let n = 0; n < count; n++, code++) {
        const from = code << (16 - length);
        table.fill((length << 8) | (body[at++] ?? 0), from, from + (1 << (16 - length)));
      }
      code <<= 1;
    }
    tables.set(key, table);
  }
}
