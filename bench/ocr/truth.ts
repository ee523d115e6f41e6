import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** What is known of an image: amounts and dates as labelled, to be read as `ocr-compare.ts` does. */
export interface Truth {
  readonly image: string;
  readonly merchants: readonly string[];
  readonly dates: readonly string[];
  readonly total: string | undefined;
  /** Undefined where nobody checked the items. */
  readonly items: readonly { readonly names: readonly string[]; readonly total: string }[] | undefined;
}

/** A folder of receipts with what is known of them. */
export interface ReceiptSet {
  readonly name: string;
  readonly imageFolder: string;
  readonly truths: readonly Truth[];
}

const CHECKED_ITEMS = new Set([
  'hand',
  'hand-made',
  'gold',
  'sum-verified',
  'verified-sum',
  'silver-verified',
  'clean-rows',
]);

type Row = Readonly<Record<string, unknown>>;

/** Which part of a set to measure: `rest` leaves a fifth aside, chosen by hash of the file name, `fifth` is that fifth. */
export type Part = 'all' | 'rest' | 'fifth';

/** Reads a folder with `images/` and `truth.jsonl`. Rows marked as copies of another receipt are left out. */
export async function readSet(folder: string, part: Part): Promise<ReceiptSet> {
  const text = await readFile(path.join(folder, 'truth.jsonl'), 'utf8');
  const rows = text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [JSON.parse(line) as Row]));
  const truths = rows.filter((row) => row.dup_of == null && row.same_receipt_as == null).map(truthOf);
  return {
    name: path.basename(path.resolve(folder)),
    imageFolder: path.join(folder, 'images'),
    truths: truths.filter(({ image }) => part === 'all' || isAside(image) === (part === 'fifth')),
  };
}

/** The shipped receipts with what a person reads on them. */
export async function readDemoSet(): Promise<ReceiptSet> {
  const imageFolder = 'assets/receipts';
  const rows = JSON.parse(await readFile('bench/ocr/demo.json', 'utf8')) as readonly Row[];
  const present = new Set(await readdir(imageFolder));
  return { name: 'demo', imageFolder, truths: rows.map(truthOf).filter(({ image }) => present.has(image)) };
}

function isAside(image: string): boolean {
  return Number.parseInt(createHash('sha256').update(`aside:${image}`).digest('hex').slice(0, 8), 16) % 5 === 0;
}

function truthOf(row: Row): Truth {
  const quality = row.items_quality;
  const isChecked = quality == null || (typeof quality === 'string' && CHECKED_ITEMS.has(quality));
  const items =
    isChecked && Array.isArray(row.items) && row.items.length > 0 ? (row.items as readonly Row[]) : undefined;
  return {
    image: String(row.image),
    merchants: [...texts(row.company ?? row.merchant), ...texts(row.merchant_alt)],
    dates: [...texts(row.date), ...texts(row.date_alt)],
    total: texts(row.total)[0],
    items: items?.map((item) => ({
      names: [...texts(item.name), ...texts(item.name_alt)],
      total: texts(item.total_price)[0] ?? '',
    })),
  };
}

function texts(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(texts);
  return typeof value === 'string' || typeof value === 'number' ? [String(value)] : [];
}
