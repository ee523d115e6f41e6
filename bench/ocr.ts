// Measures the embedded OCR agent.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { ensureArtifact } from '#artifacts';
import { createPool, type LaneResult, type Pool } from '../src/ocr/lanes/pool.ts';
import { calibrationLines } from './ocr/calibration.ts';
import { causeLines } from './ocr/causes.ts';
import { fitCurve } from './ocr/fit.ts';
import type { ImageScore } from './ocr/image-score.ts';
import { type SetSummary, scoreImage, summarise } from './ocr/score.ts';
import { soak } from './ocr/soak.ts';
import { createTextReader } from './ocr/texts.ts';
import { type Part, type ReceiptSet, readDemoSet, readSet } from './ocr/truth.ts';
import { orUsage } from './or-usage.ts';

const USAGE = `npm run bench:ocr -- [FOLDER...] [--demo] [--json] [--part all|rest|fifth] [--repeat N] [--soak N]
    [--texts FOLDER [--fit]] [--models-dir FOLDER]

Reads sets of receipts whose truth is known, and scores what was read; docs/ocr.md says what each option does.`;

const { values, positionals } = orUsage(USAGE, () =>
  parseArgs({
    allowPositionals: true,
    options: {
      demo: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      part: { type: 'string', default: 'all' },
      repeat: { type: 'string', default: '1' },
      soak: { type: 'string' },
      'models-dir': { type: 'string' },
      texts: { type: 'string' },
      fit: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  }),
);

function partOf(text: string): Part {
  if (text === 'all' || text === 'rest' || text === 'fifth') return text;
  throw new RangeError(`--part is all, rest or fifth, not "${text}".`);
}

async function openPool(modelsDir: string): Promise<Pool> {
  return new Promise((resolve) => {
    const pool = createPool({
      modelsDir,
      lanes: 1,
      queueLimit: 1,
      readingTimeoutMs: 60_000,
      maxLaneBytes: 2_000_000_000,
      log: pino({ level: 'warn' }, pino.destination(2)),
      onReady: () => resolve(pool),
    });
  });
}

type Read = (image: Uint8Array) => Promise<LaneResult>;

async function measure(read: Read, set: ReceiptSet): Promise<ImageScore[]> {
  const scores: ImageScore[] = [];
  for (const truth of set.truths) {
    const bytes = await readFile(path.join(set.imageFolder, truth.image));
    const result = await read(bytes).catch(() => undefined);
    const score = scoreImage(truth, result);
    scores.push(score);
    if (!values.json && !values.fit) console.log(imageLine(score));
  }
  return scores;
}

function imageLine(score: ImageScore): string {
  const cost = `${String(Math.round(score.totalMs)).padStart(5)} ms ${String(Math.round(score.peakBytes / 1e6)).padStart(4)} MB`;
  return `${cost}  ${score.confidence.toFixed(2)}  ${score.image}${score.misses.map((miss) => `\n        ${miss}`).join('')}`;
}

function setLines(name: string, summary: SetSummary, images: readonly ImageScore[]): string {
  const of = ([right, all]: readonly [number, number]): string => `${right} of ${all}`;
  const names = `exact names ${summary.exactNames}, with accents folded ${summary.exactNamesFolded}, of ${summary.itemLines}`;
  return [
    `${name}: ${summary.images} images`,
    `  total ${of(summary.total)} · date ${of(summary.date)} · merchant ${of(summary.merchant)}`,
    `  items F1 ${summary.itemF1 ?? '-'} · ${names}`,
    `  confidence above 0.85: ${summary.above85.images}, of these ${summary.above85.wrongTotals} with a wrong total`,
    calibrationLines(summary.calibration),
    causeLines(images),
    `  one lane: median ${summary.medianMs} ms, p95 ${summary.p95Ms} ms, ${summary.overhead} × the two networks alone, peak ${summary.peakMb} MB`,
  ].join('\n');
}

function requireSets(folders: readonly string[]): void {
  const other = folders.find((folder) => !existsSync(path.join(folder, 'truth.jsonl')));
  if (other !== undefined) throw new RangeError(`${other} is no set of receipts: it has no truth.jsonl.`);
}

async function run(): Promise<void> {
  const part = orUsage(USAGE, () => {
    requireSets(positionals);
    return partOf(values.part);
  });
  const sets = await Promise.all(positionals.map((folder) => readSet(folder, part)));
  if (values.demo || sets.length === 0) sets.push(await readDemoSet());
  const modelsDir = values['models-dir'] ?? (await ensureArtifact('ocr-models'));
  if (values.texts !== undefined) return await measureAll(createTextReader(values.texts, modelsDir), sets);
  const pool = await openPool(modelsDir);
  try {
    if (values.soak !== undefined) return await soak(pool, sets, Number(values.soak));
    await measureAll((bytes) => pool.read(bytes, new AbortController().signal), sets);
  } finally {
    await pool.stop(0);
  }
}

async function measureAll(read: Read, sets: readonly ReceiptSet[]): Promise<void> {
  const results: Record<string, { summary: SetSummary; images: ImageScore[] }> = {};
  for (let round = 0; round < Number(values.repeat); round++) {
    for (const set of sets) {
      const images = await measure(read, set);
      results[set.name] = { summary: summarise(images), images };
    }
  }
  if (values.fit) return console.log(JSON.stringify(fitCurve(Object.values(results).flatMap(({ images }) => images))));
  if (values.json) console.log(JSON.stringify(results, null, 1));
  else
    for (const [name, { summary, images }] of Object.entries(results))
      console.log(`\n${setLines(name, summary, images)}`);
}

if (values.help) console.log(USAGE);
else await run();
