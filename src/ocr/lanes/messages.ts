import type { AgentErrorCode } from '../errors.ts';
import type { Region } from '../page.ts';
import type { Extraction } from '../reply.ts';

/** What the service sends to a lane. */
export interface LaneRequest {
  readonly id: number;
  readonly bytes: Uint8Array;
  /** Also what was looked at: for a second reader. */
  readonly withPage?: boolean;
  /** Where receipts come from, if somebody said so. */
  readonly country?: string | undefined;
}

/** A line as it was found in the picture. */
export interface PrintedLine {
  readonly text: string;
  readonly region: Region;
  readonly confidence: number;
}

/** What a second reader is shown, and what its values are looked for in. */
export interface ShownPage {
  /** Upright, from top to bottom; a long page in pieces that overlap a little. */
  readonly jpegs: readonly Uint8Array[];
  readonly lines: readonly PrintedLine[];
  /** No print and no page was left unread. */
  readonly isWhole: boolean;
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
  | {
      readonly event: 'done';
      readonly id: number;
      readonly extraction: Extraction;
      readonly cost: LaneCost;
      readonly page?: ShownPage | undefined;
    }
  | { readonly event: 'refused'; readonly id: number; readonly code: AgentErrorCode; readonly message: string };
