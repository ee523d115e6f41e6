import { openPdf } from '../../decode/pdf.ts';
import { DecodeError, type DecodeFault } from '../../decode/raw.ts';
import { foreignKindOf } from '../../decode/sniff.ts';
import { type Place, placesOf } from '../../decode/stack.ts';
import { AgentError, type AgentErrorCode } from '../errors.ts';
import { checkBytes, checkSize, decodeImage, workingSide } from './decode.ts';
import type { Pixels } from './pixels.ts';

/** What a file holds: one picture, or the first pages of a document. */
export interface Pages {
  /** Of those that are read, in the picture of all of them one under another. */
  readonly places: readonly Place[];
  /** Of all there are. */
  readonly pageCount: number;
  /** Each is held by itself: together they would not fit a lane. */
  picture(nth: number): Promise<Pixels>;
}

const ONE: readonly Place[] = [{ x: 0, y: 0, width: 1, height: 1 }];

/** @throws AgentError unsupported_image, image_too_large, image_unreadable; so does `picture` */
export async function openPages(file: Uint8Array): Promise<Pages> {
  checkBytes(file);
  if (foreignKindOf(file) !== 'pdf') {
    return { places: ONE, pageCount: 1, picture: () => decodeImage(file) };
  }
  const pdf = await openPdf(file).catch(refuse);
  return {
    places: placesOf(pdf.pages),
    pageCount: pdf.pageCount,
    async picture(nth) {
      const drawn = await pdf.draw(nth, workingSide).catch(refuse);
      checkSize(drawn.width, drawn.height);
      if (nth === pdf.pages.length - 1) pdf.close();
      return drawn;
    },
  };
}

const CODES: Readonly<Record<DecodeFault, AgentErrorCode>> = {
  unreadable: 'image_unreadable',
  too_large: 'image_too_large',
  unsupported: 'unsupported_image',
};

/** The agent's refusal of what a decoder refused. */
function refuse(error: unknown): never {
  if (!(error instanceof DecodeError)) throw error;
  const refusal = new AgentError(CODES[error.fault], error.message);
  refusal.cause = error;
  throw refusal;
}
