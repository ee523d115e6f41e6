import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createNetworkClock } from '../../src/ocr/engine/detect.ts';
import { buildLines } from '../../src/ocr/engine/lines.ts';
import { loadModels, type Models } from '../../src/ocr/engine/models.ts';
import { type PageReading, type PartReading, readPage, readPart, replacePart } from '../../src/ocr/engine/read-page.ts';
import { understandPage } from '../../src/ocr/extract.ts';
import { decodeImage } from '../../src/ocr/image/decode.ts';
import type { LaneResult } from '../../src/ocr/lanes/pool.ts';
import type { Page, Region, Segment } from '../../src/ocr/page.ts';

/** What was read of one picture: the rules for lines and fields start from here, the networks end here. */
interface StoredText {
  readonly page: Omit<Page, 'lines'>;
  readonly segments: readonly Segment[];
  readonly parts: readonly (PartReading & { readonly part: Region })[];
}

/** A second look at nearly the same part of the page is the same look. */
const SAME_PART = 0.03;
const NO_COST = { decodeMs: 0, networksMs: 0, totalMs: 0, rssBytes: 0, peakBytes: 0 };

/** Reads pictures once and scores rules on the stored text: a folder of texts belongs to one version of the engine. */
export function createTextReader(folder: string, modelsDir: string): (image: Uint8Array) => Promise<LaneResult> {
  let models: Promise<Models> | undefined;
  const today = new Date().toISOString().slice(0, 10);

  return async (image) => {
    let picture: Promise<PageReading> | undefined;
    const file = path.join(folder, `${createHash('sha256').update(image).digest('hex')}.json`);
    let text = await stored(file);
    if (text === undefined) {
      const { lines, ...rest } = (await reading()).page;
      text = { page: rest, segments: lines.flatMap((line) => line.segments), parts: [] };
      await store(text);
    }
    const known = text;
    const page = { ...known.page, lines: buildLines(known.segments, known.page.width, known.page.height) };
    const extraction = await understandPage(page, { today }, async (part) => {
      const before = known.parts.find((other) => isNear(other.part, part));
      if (before !== undefined) return replacePart(page, before.part, before);
      const again = await readPart(await loaded(), await reading(), part, createNetworkClock());
      await store({ ...known, parts: [...known.parts, { ...again, part }] });
      return replacePart(page, part, again);
    });
    return { extraction, cost: NO_COST };

    async function reading(): Promise<PageReading> {
      picture ??= readPage(await loaded(), await decodeImage(image), createNetworkClock());
      return picture;
    }

    async function store(value: StoredText): Promise<void> {
      await mkdir(folder, { recursive: true });
      await writeFile(file, JSON.stringify(value));
    }
  };

  async function loaded(): Promise<Models> {
    models ??= loadModels(modelsDir);
    return models;
  }
}

async function stored(file: string): Promise<StoredText | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as StoredText;
  } catch {
    return undefined;
  }
}

function isNear(a: Region, b: Region): boolean {
  return Math.abs(a.y - b.y) <= SAME_PART && Math.abs(a.y + a.height - b.y - b.height) <= SAME_PART;
}
