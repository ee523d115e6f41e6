/** Of every call of the S3 store. */
export const S3_LIMITS = {
  connectMs: 3_000,
  /** Without a byte in either direction. */
  idleMs: 5_000,
  /** A question or a removal, from its first to its last byte. */
  callMs: 10_000,
  /** An image on its way: 20 MB at 350 KB/s. */
  transferMs: 60_000,
  connections: 64,
  /** An answer that is no image: an error, an id. */
  answerBytes: 64 * 1024,
  /** An image that is read; adopted ones may be larger than what is uploaded here. */
  imageBytes: 64 * 1024 * 1024,
  /** Of a call that may be repeated: all of ours may. */
  tries: 3,
  firstPauseMs: 100,
} as const;
