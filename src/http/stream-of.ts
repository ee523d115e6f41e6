import { faultOf } from '../contract/cause.ts';
import type { Log } from '../ports.ts';
import type { Call } from './route.ts';

/** Bytes as the body of an answer. What fails on the way ends the connection: the reader must not take a part for all. */
export function streamOf(bytes: AsyncIterable<Uint8Array>, call: Call, log: Log): ReadableStream<Uint8Array> {
  const source = bytes[Symbol.asyncIterator]();
  // However the answer ends: a stream that is dropped is neither pulled nor canceled.
  call.env?.outgoing?.once('close', () => void source.return?.());
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await source.next();
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        log.error({ requestId: call.get('requestId'), ...faultOf(error) }, 'http.answer_broken');
        call.env?.outgoing?.destroy();
        controller.close();
      }
    },
    async cancel() {
      await source.return?.();
    },
  });
}
