import { foreignKindOf, heifKindOf } from '../../decode/sniff.ts';

/** The formats the agent reads. */
export type ImageKind = 'jpeg' | 'png' | 'webp' | 'gif' | 'heic' | 'avif' | 'pdf';

const SIGNATURES: readonly { kind: ImageKind; at: number; bytes: readonly number[] }[] = [
  { kind: 'jpeg', at: 0, bytes: [0xff, 0xd8, 0xff] },
  { kind: 'png', at: 0, bytes: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] },
  { kind: 'gif', at: 0, bytes: [0x47, 0x49, 0x46, 0x38] },
  { kind: 'webp', at: 8, bytes: [0x57, 0x45, 0x42, 0x50] },
];

/** Tells the format by the first bytes, never by a name or a header someone else wrote. */
export function sniffImage(bytes: Uint8Array): ImageKind | undefined {
  const kind = foreignKindOf(bytes) ?? heifKindOf(bytes);
  if (kind !== undefined) return kind;
  return SIGNATURES.find(({ at, bytes: signature }) => signature.every((byte, i) => bytes[at + i] === byte))?.kind;
}
