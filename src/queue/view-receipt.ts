import { z } from 'zod';
import { AppError } from '../contract/errors.ts';
import { readReceipt } from '../jobs/ocr/receipts.ts';
import { fieldsOf } from '../jobs/ocr/reply-fields.ts';
import type { Region } from '../ports.ts';
import type { HandlerDeps } from './deps.ts';
import type { Handlers } from './pipeline.ts';
import { replyShown } from './receipts.ts';
import { noImage, noSuchReceipt } from './refusals.ts';

/** Models pay for its bytes. */
const MAX_BYTES = 100 * 1024;
/** Parts of the page: what lies around a value tells what it is. */
const MARGIN = { x: 0.08, y: 0.03 } as const;
const WHOLE: Region = { x: 0, y: 0, width: 1, height: 1 };

const fraction = z.number().min(0).max(1);
const place = z.object({ region: z.object({ x: fraction, y: fraction, width: fraction, height: fraction }) });
const turned = z.object({ page: z.object({ turned_degrees: z.literal([0, 90, 180, 270]) }) });

/** A small picture, made in a process of its own. */
export function createViewReceipt({ blobs, cropper }: HandlerDeps): Handlers['viewReceipt'] {
  return async ({ receipt_id, field }, { db, tenant, userId }) => {
    const row = await readReceipt(db, tenant, receipt_id, userId);
    if (!row) throw noSuchReceipt(receipt_id);
    if (row.image_path === '') throw noImage(receipt_id);
    const reply = await replyShown(db, row);
    const evidence = reply && fieldsOf(reply).evidence;
    const region = field === undefined ? undefined : placeOf(field, evidence);
    const image = await blobs.read(row.image_path);
    if (!image) throw new AppError('image_missing', `The image of receipt ${receipt_id} is not in the store.`);
    const degrees = turned.safeParse(evidence).data?.page.turned_degrees ?? 0;
    const jpeg = await cropper.crop(image.bytes, region ?? WHOLE, degrees, MAX_BYTES);
    return {
      receipt_id,
      field: region === undefined ? null : (field ?? null),
      media_type: 'image/jpeg',
      picture: Buffer.from(jpeg).toString('base64'),
    };
  };
}

/** @returns undefined where an agent does not say it, or not in the form that ours has */
function placeOf(field: string, evidence: unknown): Region | undefined {
  if (typeof evidence !== 'object' || evidence === null) return undefined;
  const { fields, items }: { fields?: unknown; items?: unknown } = evidence;
  const entries: unknown[] =
    field !== 'items' ? [Reflect.get(Object(fields), field)] : Array.isArray(items) ? items : [];
  const regions = entries.flatMap((entry) => place.safeParse(entry).data?.region ?? []);
  return regions.length === 0 ? undefined : withMargin(regions);
}

function withMargin(regions: readonly Region[]): Region {
  const edge = (at: number) => Math.min(1, Math.max(0, at));
  const x = edge(Math.min(...regions.map((each) => each.x)) - MARGIN.x);
  const y = edge(Math.min(...regions.map((each) => each.y)) - MARGIN.y);
  const right = edge(Math.max(...regions.map((each) => each.x + each.width)) + MARGIN.x);
  const bottom = edge(Math.max(...regions.map((each) => each.y + each.height)) + MARGIN.y);
  return { x, y, width: right - x, height: bottom - y };
}
