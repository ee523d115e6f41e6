import { z } from 'zod';
import type { Region } from '../../ports.ts';

/** Parts of the page: what lies around a value tells what it is. */
const MARGIN = { x: 0.08, y: 0.03 } as const;

const fraction = z.number().min(0).max(1);
const place = z.object({ region: z.object({ x: fraction, y: fraction, width: fraction, height: fraction }) });
const turned = z.object({ page: z.object({ turned_degrees: z.literal([0, 90, 180, 270]) }) });

/** How far an agent turned the page, clockwise, in degrees. */
export const turnedBy = (evidence: unknown): number => turned.safeParse(evidence).data?.page.turned_degrees ?? 0;

/**
 * Where a field was read, with a margin.
 * @returns undefined where an agent does not say it, or not in the form that ours has
 */
export function placeOf(field: string, evidence: unknown): Region | undefined {
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
