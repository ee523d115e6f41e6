export function letterCount(text: string): number {
  return text.match(/\p{L}/gu)?.length ?? 0;
}

/** An article number and the like: hardly a letter, several digits. */
export function isCode(text: string): boolean {
  const digits = text.match(/\d/g)?.length ?? 0;
  return /^[A-Z]{0,4}[-\s]?\d[\d\s/.-]*[A-Z]{0,2}$/.test(text.trim()) && digits >= 3 && letterCount(text) <= 4
    ? true
    : digits >= 4 && digits > letterCount(text) * 2;
}

/** What a product is called: without article numbers before it, tax letters and signs behind it. */
export function cleanName(text: string): string {
  return text
    .replace(/^[\s*#"'.,:;|-]+(?=[\p{L}\d(])/u, '')
    .replace(/^(?:SR|ZR|ZRL|OS)[\s:]+(?=[\p{L}\d])/u, '')
    .replace(/^[I1]?\d[\d-]{5,}-?\s*[-:]?\s*(?=\p{L})/u, '')
    .replace(/^\d{3,}[\s:-]+(?=\p{L})/u, '')
    .replace(/^(?:SR|ZR|ZRL|OS):\s*/u, '')
    .replace(/\s+[*#]?[A-Z]{0,2}$/u, (tail) => (/[*#]/.test(tail) ? '' : tail))
    .replace(/\s+(?:SR|ZRL|ZR|RM|EUR|€|\$|£)\s*$/u, '')
    .replace(/[\s*#:;,|@€$£×-]+$/u, '')
    .trim();
}
