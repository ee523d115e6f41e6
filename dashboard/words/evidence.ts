/** Where on the page each value was read. An agent gives evidence in any form: what is not of ours is left out. */

/** A part of the upright page, in fractions of its width and height. */
export interface Region {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Place {
  readonly region: Region;
  /** How surely the characters were read, 0 to 1. */
  readonly reading?: number;
  /** How sure the agent is of the value, 0 to 1. */
  readonly confidence?: number;
  /** The rule that chose the value. */
  readonly rule?: string;
}

export interface Evidence {
  /** How far the agent turned the stored image clockwise to make it upright. */
  readonly turnedDegrees: 0 | 90 | 180 | 270;
  readonly fields: Readonly<Partial<Record<string, Place>>>;
  /** One for each item, in their order. */
  readonly items: readonly (Place | undefined)[];
}

const MOST_ITEMS = 1_000;

export function evidenceOf(evidence: unknown): Evidence {
  const { page, fields, items } = record(evidence);
  const places = Object.entries(record(fields)).map(([name, entry]) => [name, placeOf(entry)] as const);
  return {
    turnedDegrees: turnOf(record(page).turned_degrees),
    fields: Object.fromEntries(places.filter(([, place]) => place !== undefined)),
    items: Array.isArray(items) ? items.slice(0, MOST_ITEMS).map(placeOf) : [],
  };
}

function placeOf(entry: unknown): Place | undefined {
  const { region, reading_confidence, confidence, rule } = record(entry);
  const clipped = regionOf(region);
  if (clipped === undefined) return undefined;
  return {
    region: clipped,
    ...(isPart(reading_confidence) ? { reading: reading_confidence } : {}),
    ...(isPart(confidence) ? { confidence } : {}),
    ...(typeof rule === 'string' ? { rule } : {}),
  };
}

/** Clipped to the page; undefined where nothing of it lies there. */
function regionOf(region: unknown): Region | undefined {
  const { x, y, width, height } = record(region);
  if (![x, y, width, height].every((value) => typeof value === 'number' && Number.isFinite(value))) return undefined;
  const [left, top] = [clip(x as number), clip(y as number)];
  const [right, bottom] = [clip((x as number) + (width as number)), clip((y as number) + (height as number))];
  if (right <= left || bottom <= top) return undefined;
  return { x: left, y: top, width: right - left, height: bottom - top };
}

const clip = (at: number): number => Math.min(1, Math.max(0, at));
const isPart = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= 1;

function turnOf(degrees: unknown): Evidence['turnedDegrees'] {
  return degrees === 90 || degrees === 180 || degrees === 270 ? degrees : 0;
}

function record(value: unknown): Readonly<Partial<Record<string, unknown>>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
