import { z } from 'zod';
import { AppError } from '../contract/errors.ts';
import { receiptId } from '../contract/fields.ts';
import type { QueueApi } from '../contract/queue-api.ts';
import type { Blobs, Log } from '../ports.ts';
import { readQuery } from './read-input.ts';
import type { Call, Route } from './route.ts';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
};

const input = z.strictObject({ receipt_id: receiptId });

/** The stored image of a receipt. It came from outside, so a browser may show it and nothing else. */
export function imageRoute(deps: { queue: QueueApi; blobs: Blobs; log: Log }): Route {
  return {
    method: 'GET',
    path: '/receipts/{receipt_id}/image',
    scope: 'jobs:read',
    summary: 'The stored image of a receipt.',
    async handle(call) {
      const { receipt_id } = readQuery(input, call);
      const receipt = await deps.queue.getReceipt({ receipt_id }, call.get('callContext'));
      const image = await deps.blobs.read(receipt.image_path);
      if (!image) throw new AppError('image_missing', `The image of receipt ${receipt_id} is not in the store.`);
      const extension = /\.([a-z]+)$/.exec(receipt.image_path.toLowerCase())?.[1] ?? '';
      const type = Object.hasOwn(CONTENT_TYPES, extension) ? CONTENT_TYPES[extension] : undefined;
      const source = image.bytes[Symbol.asyncIterator]();
      if (call.req.method === 'HEAD') {
        // A generator that was never asked for anything does not clean up.
        await source.next();
        await source.return?.();
      }
      return new Response(call.req.method === 'HEAD' ? null : streamOf(source, call, deps.log), {
        headers: {
          'content-type': type ?? 'application/octet-stream',
          'content-length': String(image.size),
          'content-disposition': type ? 'inline' : 'attachment',
          'content-security-policy': "default-src 'none'; sandbox",
          'cache-control': 'private, max-age=3600',
        },
      });
    },
  };
}

/** The length is promised, so a read that fails on the way must end the connection: the reader would wait for the rest. */
function streamOf(source: AsyncIterator<Uint8Array>, call: Call, log: Log): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await source.next();
        if (done) controller.close();
        else controller.enqueue(value);
      } catch {
        log.error({ requestId: call.get('requestId') }, 'http.image_broken');
        call.env?.outgoing?.destroy();
        controller.close();
      }
    },
    async cancel() {
      await source.return?.();
    },
  });
}
