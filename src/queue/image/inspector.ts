/** What is missing at the end of a file. */
export type Fault = 'no_picture' | 'ends_early' | 'no_end_mark';

/**
 * Follows the structure of an image as its bytes pass. Only lengths, markers and headers are looked at: a decoder, in a
 * process of its own, does the rest. Bytes behind the end are allowed, since telephones append previews and films.
 */
export interface Inspector {
  /** @throws AppError as soon as the bytes cannot become an image that is taken */
  push(bytes: Uint8Array): void;
  /** Of the bytes so far; undefined: they are whole. */
  fault(): Fault | undefined;
}
