/** What is missing at the end of a file. */
export type Fault = 'no_picture' | 'ends_early' | 'no_end_mark';

/**
 * Follows the structure of an image as its bytes pass. Only lengths, markers, headers, tables and checksums are
 * looked at, and of a PNG the inflated length: a decoder, in a process of its own, does the rest. Bytes behind the end are allowed, since telephones append previews and films.
 */
export interface Inspector {
  /** @throws AppError as soon as the bytes cannot become an image that is taken */
  push(bytes: Uint8Array): void;
  /** What of the bytes so far takes longer than `push` may; only where the whole picture is looked at. */
  work?(): Promise<void>;
  close?(): void;
  /** Of the bytes so far; undefined: they are whole. */
  fault(): Fault | undefined;
}
