import type { AgentErrorCode } from '../errors.ts';
import type { Extraction } from '../reply.ts';

/** What the service sends to a lane. */
export interface LaneRequest {
  readonly id: number;
  readonly bytes: Uint8Array;
}

/** What the lane says of one reading, beside the result: for measuring, never for the caller. */
export interface LaneCost {
  readonly decodeMs: number;
  readonly networksMs: number;
  readonly totalMs: number;
  readonly rssBytes: number;
  /** The most this lane has ever held. */
  readonly peakBytes: number;
}

/** What a lane sends back. */
export type LaneMessage =
  | { readonly event: 'ready' }
  | { readonly event: 'failed_to_load'; readonly message: string }
  | { readonly event: 'done'; readonly id: number; readonly extraction: Extraction; readonly cost: LaneCost }
  | { readonly event: 'refused'; readonly id: number; readonly code: AgentErrorCode; readonly message: string };
