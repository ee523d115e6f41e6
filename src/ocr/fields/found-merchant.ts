import type { TextLine } from './receipt-text.ts';

/** The shop's name and why it was taken. */
export interface FoundMerchant {
  readonly name: string;
  readonly line: TextLine;
  readonly rule: string;
  readonly confidence: number;
}

/** Whether a line may be a name: letters, read surely, and no web address. */
export function isName(line: TextLine): boolean {
  const letters = line.text.match(/\p{L}/gu)?.length ?? 0;
  const digits = line.text.match(/\d/g)?.length ?? 0;
  return (
    letters >= 3 &&
    digits <= letters &&
    line.source.confidence >= 0.6 &&
    !/@|www\.|https?:|\.(?:com|de|vn)\b/i.test(line.text)
  );
}

/** A company's name without its registration number in brackets or behind it. */
export function withoutRegistration(text: string): string {
  const bare = text
    .replace(/\(?\s*(?:co\.? ?)?(?:reg\.?|no\.?)?\s*:?\s*\(?\d{4,}[-\s]?[A-Z]{0,2}\s*\)?\s*$/i, '')
    .replace(/\s*\([\dA-Z-]*\d{4,}[\dA-Z -]*\)\s*$/i, '')
    .replace(/[,;:\s]+$/, '')
    .trim();
  return bare.length >= 2 ? bare : text.trim();
}
