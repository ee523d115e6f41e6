import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Pool } from '../../src/ocr/lanes/pool.ts';
import type { ReceiptSet } from './truth.ts';

const ROW = 20;

/** Reads the sets in turn, `readings` pictures in all, and prints what the lane holds, a row every twenty readings. */
export async function soak(pool: Pool, sets: readonly ReceiptSet[], readings: number): Promise<void> {
  const images = sets.flatMap(({ imageFolder, truths }) => truths.map(({ image }) => path.join(imageFolder, image)));
  const [first] = pool.state().lanePids;
  console.log('readings  median MB  most MB  peak so far MB');
  for (let done = 0; done < readings; done += ROW) {
    const held: number[] = [];
    let peak = 0;
    for (let i = done; i < Math.min(readings, done + ROW); i++) {
      const bytes = await readFile(images[i % images.length] ?? '');
      const { cost } = await pool.read(bytes, new AbortController().signal);
      held.push(cost.rssBytes);
      peak = cost.peakBytes;
    }
    held.sort((a, b) => a - b);
    const megabytes = [held[Math.floor(held.length / 2)], held.at(-1), peak].map((bytes = 0) =>
      Math.round(bytes / 1e6),
    );
    console.log(
      [done + held.length, ...megabytes].map((value, i) => String(value).padStart([8, 11, 9, 16][i] ?? 0)).join(''),
    );
  }
  if (pool.state().lanePids[0] !== first) throw new Error('The lane was replaced: these figures are of two lanes.');
}
