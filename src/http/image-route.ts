import { z } from 'zod';
import { invalidArgument } from '../contract/check-input.ts';
import { AppError } from '../contract/errors.ts';
import { receiptId } from '../contract/fields.ts';
import { formatOfName } from '../contract/image-formats.ts';
import type { QueueApi } from '../contract/queue-api.ts';
import type { Blobs, Cropper, Log, Region } from '../ports.ts';
import { readQuery } from './read-input.ts';
import type { Route } from './route.ts';
import { streamOf } from './stream-of.ts';

/** What the address of an image takes. */
export const imageInput = z.strictObject({
  receipt_id: receiptId,
  region: z
    .string()
    .max(80)
    .regex(
      /^(?:0|1|0?\.\d{1,6}|1\.0{1,6})(?:,(?:0|1|0?\.\d{1,6}|1\.0{1,6})){3}$/,
      'must be x,y,width,height from 0 to 1',
    )
    .optional()
    .describe('Only this part of the upright page, as x,y,width,height in fractions of it.'),
  form: z
    .enum(['shown', 'stored'])
    .optional()
    .describe(
      'stored: the bytes as they were uploaded. Without it a HEIC or PDF, which browsers do not show, comes as a JPEG.',
    ),
});

const CONTAINED = "default-src 'none'; sandbox";

const WHOLE: Region = { x: 0, y: 0, width: 1, height: 1 };

/** What an agent's evidence says of the page; another agent's evidence may have any other shape. */
const pageOf = z.object({ page: z.object({ turned_degrees: z.literal([0, 90, 180, 270]) }) });

/** The stored image of a receipt. It came from outside, so a browser may show it and nothing else. */
export function imageRoute(deps: { queue: QueueApi; blobs: Pick<Blobs, 'read'>; cropper: Cropper; log: Log }): Route {
  return {
    method: 'GET',
    path: '/receipts/{receipt_id}/image',
    does: 'getReceipt',
    summary:
      'The image of a receipt; with region=x,y,width,height (fractions of the upright page) a JPEG of that part.',
    async handle(call) {
      const { receipt_id, region: asked, form = 'shown' } = readQuery(imageInput, call);
      if (asked !== undefined && form === 'stored') {
        throw invalidArgument(
          'form',
          'invalid_argument',
          'form=stored gives the whole file, so region cannot be named.',
        );
      }
      const region = asked === undefined ? undefined : regionOf(asked);
      const receipt = await deps.queue.getReceipt({ receipt_id }, call.get('callContext'));
      const format = formatOfName(receipt.image_path);
      const image = await deps.blobs.read(receipt.image_path);
      if (!image) throw new AppError('image_missing', `The image of receipt ${receipt_id} is not in the store.`);
      if (region !== undefined || (format?.shown === false && form === 'shown')) {
        const turned = pageOf.safeParse(receipt.evidence).data?.page.turned_degrees ?? 0;
        return pictureOf(await deps.cropper.crop(image.bytes, region ?? WHOLE, turned));
      }
      const type = format?.mediaType;
      return new Response(call.req.method === 'HEAD' ? null : streamOf(image.bytes, call, deps.log), {
        headers: {
          'content-type': type ?? 'application/octet-stream',
          'content-length': String(image.size),
          // A page may show it; opened by itself it is saved, never run as what it may be besides a picture.
          'content-disposition': 'attachment',
          'content-security-policy': CONTAINED,
          'cache-control': 'private, max-age=3600',
        },
      });
    },
  };
}

function regionOf(text: string): Region {
  const [x = 0, y = 0, width = 0, height = 0] = text.split(',').map(Number);
  if (width <= 0 || height <= 0 || x >= 1 || y >= 1) {
    throw invalidArgument(
      'region',
      'invalid_argument',
      'region must have an area on the page: x,y,width,height from 0 to 1.',
    );
  }
  return { x, y, width: Math.min(width, 1 - x), height: Math.min(height, 1 - y) };
}

function pictureOf(jpeg: Uint8Array): Response {
  return new Response(jpeg as Uint8Array<ArrayBuffer>, {
    headers: {
      'content-type': 'image/jpeg',
      'content-security-policy': CONTAINED,
      'cache-control': 'private, max-age=3600',
    },
  });
}
