import { Tensor } from 'onnxruntime-node';
import type { Pixels } from '../image/pixels.ts';
import type { Box } from './box.ts';
import { cutOut } from './crop.ts';
import { type NetworkClock, runNetwork } from './detect.ts';
import type { Models } from './models.ts';

/** What one line of print says. */
export interface Reading {
  readonly text: string;
  /** Mean probability of the characters, 0 to 1. */
  readonly confidence: number;
  /** Where each character of `text` stands, as a fraction of the box's width. */
  readonly positions: readonly number[];
}

/** Reads one box. */
export async function recognise(
  models: Models,
  pixels: Pixels,
  box: Box,
  runs: NetworkClock,
  upsideDown = false,
): Promise<Reading> {
  const crop = cutOut(pixels, box, upsideDown);
  const input = new Tensor('float32', crop.planes, [1, 3, crop.height, crop.width]);
  const output = await runs.time(() => runNetwork(models.recognition, input));
  return decode(output, models.characters);
}

/** Greedy CTC: the likeliest class of each step, repeats folded, blanks dropped. */
export function decode(output: Float32Array, characters: readonly string[]): Reading {
  const classes = characters.length;
  const steps = Math.floor(output.length / classes);
  const positions: number[] = [];
  let text = '';
  let sum = 0;
  let previous = 0;
  for (let step = 0; step < steps; step++) {
    let best = 0;
    let probability = -1;
    for (let i = 0, at = step * classes; i < classes; i++, at++) {
      const value = output[at] ?? 0;
      if (value > probability) {
        probability = value;
        best = i;
      }
    }
    if (best !== 0 && best !== previous) {
      text += characters[best] ?? '';
      positions.push((step + 0.5) / steps);
      sum += probability;
    }
    previous = best;
  }
  const confidence = positions.length === 0 ? 0 : sum / positions.length;
  const spaced = respace(text, positions);
  return trimmed(spaced.text, spaced.positions, confidence);
}

/** A gap between two characters this much wider than the line's usual step holds a space the network left out. */
const SPACE_GAP = 2.3;

/** Puts back the wide gaps of tables ("1,00    14,33"), which the network tends to swallow. */
export function respace(text: string, positions: readonly number[]): { text: string; positions: readonly number[] } {
  const gaps: number[] = [];
  for (let i = 1; i < text.length; i++) {
    if (text[i] !== ' ' && text[i - 1] !== ' ') gaps.push((positions[i] ?? 0) - (positions[i - 1] ?? 0));
  }
  if (gaps.length < 3) return { text, positions };
  const usual = [...gaps].sort((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? 0;
  let spaced = '';
  const places: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const at = positions[i] ?? 0;
    const before = positions[i - 1] ?? at;
    if (i > 0 && text[i] !== ' ' && text[i - 1] !== ' ' && at - before > usual * SPACE_GAP) {
      spaced += ' ';
      places.push((at + before) / 2);
    }
    spaced += text[i] ?? '';
    places.push(at);
  }
  return { text: spaced, positions: places };
}

function trimmed(text: string, positions: readonly number[], confidence: number): Reading {
  const start = text.length - text.trimStart().length;
  const end = text.trimEnd().length;
  if (start >= end) return { text: '', confidence: 0, positions: [] };
  return { text: text.slice(start, end), confidence, positions: positions.slice(start, end) };
}
