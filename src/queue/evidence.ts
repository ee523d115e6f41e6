import { LIMITS } from '../contract/policies.ts';

export interface BoundedEvidence {
  readonly evidence: unknown;
  /** JSON pointers into the whole evidence; '' is all of it. Absent when nothing is left out. */
  readonly evidence_left_out?: string[];
}

/** As many as an answer names. */
const MAX_NAMED = 20;
const MAX_NAME_CHARS = 100;

const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value) ?? '');

/** Evidence as large as an answer may carry: of one that is larger, the smallest entries that fit, and which do not. */
export function boundEvidence(evidence: unknown): BoundedEvidence {
  if (bytesOf(evidence) <= LIMITS.evidenceBytes) return { evidence };
  if (typeof evidence !== 'object' || evidence === null || Array.isArray(evidence)) {
    return { evidence: null, evidence_left_out: [''] };
  }
  const sized = Object.entries(evidence).map(([name, value]) => ({ name, bytes: bytesOf({ [name]: value }) }));
  const kept = new Set<string>();
  let room: number = LIMITS.evidenceBytes;
  for (const { name, bytes } of sized.sort((a, b) => a.bytes - b.bytes)) {
    room -= bytes;
    if (room < 0) break;
    kept.add(name);
  }
  const entries = Object.entries(evidence);
  return {
    evidence: Object.fromEntries(entries.filter(([name]) => kept.has(name))),
    evidence_left_out: entries
      .filter(([name]) => !kept.has(name))
      .slice(0, MAX_NAMED)
      .map(([name]) => `/${name.slice(0, MAX_NAME_CHARS).toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1')}`),
  };
}
