import type { Inspector } from './inspector.ts';

/** Where readers look for the end (ISO 32000-2, Annex I): the last kilobyte. */
const TAIL_BYTES = 1_024;

/**
 * A document ends with the place of its table of objects and an end mark. How many pages it has, how large they are and
 * whether they are locked stands anywhere in it: the process that draws them decides.
 */
export function inspectPdf(): Inspector {
  let tail = Buffer.alloc(0);
  let bytesSeen = 0;
  return {
    push(bytes) {
      bytesSeen += bytes.length;
      tail = Buffer.concat([tail, bytes.subarray(-TAIL_BYTES)]).subarray(-TAIL_BYTES);
    },
    fault() {
      const place = /startxref\s+(\d{1,15})\s+%%EOF/.exec(tail.toString('latin1'))?.[1];
      return place === undefined || Number(place) >= bytesSeen ? 'ends_early' : undefined;
    },
  };
}
