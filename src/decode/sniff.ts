import { uint } from './bytes.ts';

/** Formats that the usual decoder of pictures does not read. */
export type ForeignKind = 'heic' | 'pdf';

const text = (bytes: Uint8Array, at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));
/** Of `ftyp`, as many as are looked at; files name four or five. */
const MAX_BRANDS = 32;

/** What a file says it follows (ISO/IEC 14496-12, `ftyp`): empty where it is of another family. */
function brandsOf(head: Uint8Array): ReadonlySet<string> {
  if (text(head, 4) !== 'ftyp') return new Set();
  const end = Math.min(uint(head, 0, 4), head.length, 16 + MAX_BRANDS * 4);
  const brands = new Set([text(head, 8)]);
  for (let at = 16; at + 4 <= end; at += 4) brands.add(text(head, at));
  return brands;
}

/** Telephones name what a file follows in any order: the brand that names a codec counts, wherever it stands. */
const FAMILY: readonly { readonly kind: 'heic' | 'avif'; readonly brands: readonly string[] }[] = [
  { kind: 'avif', brands: ['avif'] },
  { kind: 'heic', brands: ['heic', 'heix', 'heim', 'heis'] },
];

/** @returns undefined for files of other families, films among them */
export function heifKindOf(head: Uint8Array): 'heic' | 'avif' | undefined {
  const brands = brandsOf(head);
  return FAMILY.find((row) => row.brands.some((brand) => brands.has(brand)))?.kind;
}

/** Tells the formats that are drawn here by their first bytes. AVIF is one of the usual decoder's. */
export function foreignKindOf(head: Uint8Array): ForeignKind | undefined {
  if (text(head, 0) === '%PDF') return 'pdf';
  return heifKindOf(head) === 'heic' ? 'heic' : undefined;
}
