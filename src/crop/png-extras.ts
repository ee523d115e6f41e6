const PNG = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
/** What decides how the picture looks, beside the chunks that every PNG must have. */
const LOOKS = new Set(['tRNS', 'gAMA', 'sRGB']);

/** A PNG without its texts and profiles: packed, a few kilobytes of them take gigabytes in a decoder. */
export function withoutPngExtras(bytes: Buffer): Buffer {
  if (!bytes.subarray(0, 8).equals(PNG)) return bytes;
  const kept: Buffer[] = [PNG];
  for (let at = 8; at + 12 <= bytes.length; ) {
    const end = at + 12 + bytes.readUInt32BE(at);
    const name = bytes.toString('latin1', at + 4, at + 8);
    if (/^[A-Z]/.test(name) || LOOKS.has(name)) kept.push(bytes.subarray(at, end));
    at = end;
  }
  return Buffer.concat(kept);
}
