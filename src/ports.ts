import type { ExtractRequest } from './contract/agent.ts';
import type { Priority, RunArgs, RunKey } from './contract/job.ts';
import type { LogEvent } from './contract/log-events.ts';

/** The interfaces with more than one implementation. The ledger has one and is called directly. */

/** Reads images. */
export interface Agent {
  /**
   * One call.
   * @param request what the contract sends
   * @param options `idempotencyKey` is the same for every attempt of a generation; `deadlineMs` bounds the whole call;
   *   `traceparent` is sent along
   * @returns the body of the agent's answer, as it came; what it says is judged by those who have stored it
   * @throws AppError agent_unavailable, agent_rate_limited (with `retryAfterS`), agent_error, agent_timeout,
   *   agent_bad_response (too large, or no answer by its status), agent_rejected; never with the agent's own words
   */
  extract(
    request: ExtractRequest,
    options: { idempotencyKey: string; deadlineMs: number; signal: AbortSignal; traceparent?: string | undefined },
  ): Promise<Uint8Array>;
}

/** What is known of an image once all of it has been stored. */
export interface StoredBlob {
  /** Lower-case hexadecimal SHA-256 of the bytes. */
  readonly sha256: string;
  readonly bytes: number;
  /** `minio://<bucket>/<key>` */
  readonly path: string;
}

/** Keeps images under their content's hash. Nothing is ever changed in place. */
export interface Blobs {
  /**
   * Streams bytes to the store; when it resolves they survive a power cut. The same content stored twice is one blob.
   * @param extension of the sniffed type, without the dot
   * @param announce is told where it will lie before anything lies there
   * @throws AppError image_too_large past `maxBytes`, storage_full, storage_unavailable
   */
  put(
    bytes: AsyncIterable<Uint8Array>,
    extension: string,
    maxBytes: number,
    announce?: (path: string) => Promise<void>,
  ): Promise<StoredBlob>;
  /**
   * @returns undefined when the store does not hold it; reading one that is not what was stored fails with image_unreadable
   * @throws AppError storage_unavailable
   */
  read(path: string): Promise<{ bytes: AsyncIterable<Uint8Array>; size: number } | undefined>;
  /** @throws AppError storage_unavailable */
  exists(path: string): Promise<boolean>;
  /**
   * Removes an image that no receipt names, and puts back one that was named while it went.
   * @param isNamed asked first, and again once the image can no longer be found
   * @returns whether it was removed
   * @throws AppError storage_unavailable
   */
  remove(path: string, isNamed: () => Promise<boolean>): Promise<boolean>;
  /** Is this a path of ours at all: our bucket, a plain key, nothing that climbs out. */
  owns(path: string): boolean;
  /**
   * An address by which anybody reads this image until it expires, and nothing else.
   * @returns undefined where the store has no addresses: a folder
   */
  signedUrl(path: string, seconds: number): Promise<string | undefined>;
}

/** A part of the upright page, as fractions of its width and height. */
export interface Region {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Cuts a region out of a stored picture. */
export interface Cropper {
  /**
   * @param turnedDegrees clockwise, beyond what EXIF says: how the reading turned the page
   * @param maxBytes the most that the JPEG has, which then is as small as that takes; absent: as sharp as can be
   * @returns a JPEG
   * @throws AppError image_unreadable, rate_limited
   */
  crop(bytes: AsyncIterable<Uint8Array>, region: Region, turnedDegrees: number, maxBytes?: number): Promise<Uint8Array>;
}

/** What the engine can search a run by, besides what every run has. */
export type RunAttributes = Partial<Record<'PantryReceipt', number>>;

/** What the gate tells the engine about one run. */
export interface RunSpec extends RunArgs, RunKey {
  readonly workflowId: string;
  /** What it is about, for a person: `receipt 17`. */
  readonly about: string;
  readonly attributes: RunAttributes;
  readonly tenant: string;
  readonly userId: number;
  readonly batchId: string | null;
  readonly priority: Priority;
  /** It goes before what other owners have waiting. */
  readonly passes: boolean;
}

/** What the engine knows under a workflow id. */
export type EngineRun =
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'known';
      readonly open: boolean;
      /** completed, failed, canceled, terminated, timed_out, running, … in lower case */
      readonly status: string;
      /** Which ledger and run started it; undefined when a person did, or when it cannot be read. */
      readonly ledgerId: string | undefined;
      readonly runNo: number | undefined;
      /** The first run of the chain: a reset by hand gives the workflow another run, and the same first one. */
      readonly engineRunId: string;
      /** The agent call is held by a person's `activity pause`. */
      readonly paused: boolean;
      /** A step that fails again and again, in our words; null = none does. */
      readonly stuck: string | null;
      /**
       * A run of this queue, encrypted with a key that this process does not have: `stuck` says which. `lost`: nobody has it
       * any more.
       */
      readonly unreadable?: 'missing' | 'lost' | undefined;
    };

/**
 * Executes runs: Temporal, or a fake in the tests of the gate. Every method throws AppError engine_unavailable (away),
 * engine_misconfigured (a person must act) or engine_refused (this run only).
 */
export interface Engine {
  /** What a message calls it: `Temporal at 127.0.0.1:7233`. */
  readonly place: string;
  /**
   * @param options `again`: an older run under this id may be replaced (reconcile only)
   * @returns `started` with the engine's run id, or `exists` when the id is taken
   */
  start(
    run: RunSpec,
    options: { again: boolean },
  ): Promise<{ kind: 'started'; engineRunId: string } | { kind: 'exists' }>;
  describe(workflowId: string): Promise<EngineRun>;
  /** Asks exactly this run to cancel; one that is not known, closed or replaced by another is no error. */
  cancel(run: { workflowId: string; engineRunId: string }): Promise<void>;
  /**
   * Answers when the engine does and has our namespace.
   * @returns the id that the engine gave the namespace: another engine, another id
   */
  ping(): Promise<{ readonly id: string }>;
}

/** Where things are noted: fields are ids and numbers, never text of a receipt. */
export interface Log {
  info(fields: Readonly<Record<string, unknown>>, event: LogEvent): void;
  warn(fields: Readonly<Record<string, unknown>>, event: LogEvent): void;
  error(fields: Readonly<Record<string, unknown>>, event: LogEvent): void;
}

/** Time, so that tests can move it. */
export interface Clock {
  now(): number;
}
