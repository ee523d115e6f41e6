import { setImmediate as nextTurn } from 'node:timers/promises';
import { isFrame, isRestart, JPEG, MAX_SEGMENTS } from './jpeg.ts';
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

/** Of one picture: a progressive one is written in about ten scans, each with a few tables of its own. */
const MAX_SCANS = 100;
/** Marks that are passed before other work of the process gets its turn; most are bytes of the picture data. */
const MARKS_A_TURN = 50_000;

/** @returns undefined when there is no frame or no scan, and when it has more parts than any picture */
export async function readJpeg(bytes: Uint8Array): Promise<{ frame: Frame; scans: readonly Scan[] } | undefined> {
  const tables = new Map<number, WrittenTable>();
  const scans: Scan[] = [];
  let frame: Frame | undefined;
  let restartEvery = 0;
  let segments = 0;
  for (let at = 0, marks = 1; at < bytes.length; marks++) {
    if (marks % MARKS_A_TURN === 0) await nextTurn();
    at = bytes.indexOf(JPEG.lead, at);
    if (at < 0) break;
    const code = bytes[at + 1] ?? 0;
    at += code === JPEG.lead ? 1 : 2;
    if (WITHOUT_LENGTH.has(code) || isRestart(code)) continue;
    segments++;
    if (segments > MAX_SEGMENTS || scans.length > MAX_SCANS) return undefined;
    const body = bytes.subarray(at + 2, at + Math.max(2, uint(bytes, at, 2)));
    at += 2 + body.length;
    if (isFrame(code)) frame ??= readFrame(code, body);
    else if (code === 0xc4) findTables(body, tables);
    else if (code === 0xdd) restartEvery = uint(body, 0, 2);
    else if (code === JPEG.scan && frame) scans.push({ ...readScan(body, frame, tables), restartEvery, dataAt: at });
  }
  return frame && scans.length > 0 ? { frame, scans } : undefined;
}

const WITHOUT_LENGTH: ReadonlySet<number> = new Set([0, JPEG.lead, JPEG.start, JPEG.end, JPEG.temporary]);

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

function readScan(body: Uint8Array, frame: Frame, tables: ReadonlyMap<number, WrittenTable>) {
  const count = body[0] ?? 0;
  const components = Array.from({ length: count }, (_, n) => {
    const id = body[1 + n * 2] ?? 0;
    const chosen = body[2 + n * 2] ?? 0;
    const { h = 1, v = 1 } = frame.components.find((component) => component.id === id) ?? {};
    return { id, h, v, dc: tableOf(tables.get(chosen >> 4)), ac: tableOf(tables.get(0x10 | (chosen & 15))) };
  });
  const [first = 0, last = 0, bits = 0] = body.subarray(1 + count * 2);
  return { components, first, last, low: bits & 15 };
}

/** A table as the file has it; it is made, which takes much longer, when a scan is decoded with it. */
interface WrittenTable {
  readonly counts: Uint8Array;
  readonly symbols: Uint8Array;
  made?: HuffmanTable;
}

/** Tables by class (0x00 of DC, 0x10 of AC) and number; a later one replaces an earlier. */
function findTables(body: Uint8Array, tables: Map<number, WrittenTable>): void {
  for (let at = 0; at + 17 <= body.length; ) {
    const counts = body.subarray(at + 1, at + 17);
    const end = at + 17 + counts.reduce((sum, count) => sum + count, 0);
    tables.set(body[at] ?? 0, { counts, symbols: body.subarray(at + 17, end) });
    at = end;
  }
}

function tableOf(written: WrittenTable | undefined): HuffmanTable | undefined {
  if (written) written.made ??= madeOf(written);
  return written?.made;
}

function madeOf({ counts, symbols }: WrittenTable): HuffmanTable {
  const table = new Uint16Array(65_536);
  let code = 0;
  let place = 0;
  for (const [index, count] of counts.entries()) {
    const length = index + 1;
    for (let n = 0; n < count; n++, code++) {
      const from = code << (16 - length);
      table.fill((length << 8) | (symbols[place++] ?? 0), from, from + (1 << (16 - length)));
    }
    code <<= 1;
  }
  return table;
}
