import type { matchItems } from './compare.ts';

/** How one image came out. A field nobody labelled is undefined. */
export interface ImageScore {
  readonly image: string;
  readonly total: boolean | undefined;
  readonly date: boolean | undefined;
  readonly merchant: boolean | undefined;
  readonly items: (ReturnType<typeof matchItems> & { readonly known: number; readonly read: number }) | undefined;
  readonly confidence: number;
  readonly misses: readonly string[];
  /** Why each wrong field is wrong, by the field's name. */
  readonly causes: readonly string[];
  readonly totalMs: number;
  readonly networksMs: number;
  readonly peakBytes: number;
}
