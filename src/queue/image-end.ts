/**
 * Follows the structure of an image as its bytes pass, and tells at the end whether the image was whole. Only lengths
 * and markers are looked at: a decoder, in a process of its own, does the rest. Bytes behind the end are allowed, since
 * telephones append previews and films.
 */
export interface EndFinder {
  push(bytes: Uint8Array): void;
  /** Was the end of the image among the bytes so far? */
  complete(): boolean;
}

export function createEndFinder(extension: string): EndFinder {
  if (extension === 'png') return createPngEnd();
  if (extension === 'webp') return createWebpEnd();
  return createJpegEnd();
}

/**
 * Bytes in a row; each step says how many to skip before the next.
 * @param sought the only byte that matters now, if there is one: the scan of a photograph is searched, not walked
 */
function createWalker(
  onByte: (byte: number) => number,
  sought: () => number | undefined = () => undefined,
): EndFinder & { finish(): void } {
  let skip = 0;
  let done = false;
  return {
    push(bytes) {
      for (let at = 0; at < bytes.length && !done; ) {
        if (skip > 0) {
          const step = Math.min(skip, bytes.length - at);
          skip -= step;
          at += step;
          continue;
        }
        const wanted = sought();
        if (wanted !== undefined) at = bytes.indexOf(wanted, at);
        if (at < 0) return;
        skip = onByte(bytes[at] ?? 0);
        at += 1;
      }
    },
    complete: () => done,
    finish() {
      done = true;
    },
  };
}

const JPEG = { lead: 0xff, start: 0xd8, end: 0xd9, scan: 0xda, temporary: 0x01 } as const;
const isRestart = (code: number) => code >= 0xd0 && code <= 0xd7;

/** Segments by their length; inside a scan, anything but a stuffed byte or a restart ends it. */
function createJpegEnd(): EndFinder {
  let state: 'data' | 'code' | 'high' | 'low' = 'data';
  let marker = 0;
  let high = 0;
  let scanning = false;
  const walker = createWalker(
    (byte) => {
      switch (state) {
        case 'data':
          if (byte === JPEG.lead) state = 'code';
          return 0;
        case 'code':
          return onCode(byte);
        case 'high':
          high = byte;
          state = 'low';
          return 0;
        case 'low':
          state = 'data';
          scanning = marker === JPEG.scan;
          return Math.max(0, high * 256 + byte - 2);
      }
    },
    () => (state === 'data' ? JPEG.lead : undefined),
  );

  function onCode(code: number): number {
    if (code === JPEG.lead) return 0;
    state = 'data';
    if (code === 0 || code === JPEG.start || code === JPEG.temporary || (isRestart(code) && scanning)) return 0;
    if (code === JPEG.end) walker.finish();
    else {
      marker = code;
      state = 'high';
    }
    return 0;
  }
  return walker;
}

/** Eight bytes of signature, then chunks: length, name, data, checksum, up to IEND. */
function createPngEnd(): EndFinder {
  let seen = 0;
  let length = 0;
  let name = '';
  let inSignature = 8;
  let trailing = 0;
  const walker = createWalker((byte) => {
    if (inSignature > 0) {
      inSignature -= 1;
      return 0;
    }
    if (trailing > 0) {
      trailing -= 1;
      if (trailing === 0) walker.finish();
      return 0;
    }
    if (seen < 4) length = length * 256 + byte;
    else name += String.fromCharCode(byte);
    seen += 1;
    if (seen < 8) return 0;
    const skip = length + 4;
    // The end's own checksum must be there too.
    if (name === 'IEND') trailing = 4;
    seen = length = 0;
    const last = name === 'IEND';
    name = '';
    return last ? 0 : skip;
  });
  return walker;
}

/** `RIFF`, the length of all that follows, `WEBP`. */
function createWebpEnd(): EndFinder {
  let received = 0;
  let expected = 0;
  return {
    push(bytes) {
      for (let at = 4; at < 8; at++) {
        const byte = bytes[at - received];
        if (byte !== undefined) expected += byte * 256 ** (at - 4);
      }
      received += bytes.length;
    },
    complete: () => received >= 12 && received >= expected + 8,
  };
}
