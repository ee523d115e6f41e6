import type { Operation } from '../contract/operation.ts';
import { type OperationKey, operations } from '../contract/operations.ts';
import type { CallContext } from '../contract/principal.ts';
import type { OutputOf, QueueApi } from '../contract/queue-api.ts';
import { jsonResponse } from './problem.ts';
import { readBody, readQuery } from './read-input.ts';
import type { Call, Route } from './route.ts';

/** Did the call accept new work (202), or answer with what was there (200)? */
const ACCEPTED: { readonly [K in OperationKey]?: (output: OutputOf<K>) => boolean } = {
  enqueueOcr: (output) => !output.deduplicated,
  retryJob: (output) => !output.deduplicated,
  enqueueBatchOcr: (output) => output.queued > 0,
};

/** One route for each row of the operations table. */
export function operationRoutes(queue: QueueApi): Route[] {
  return (Object.keys(operations) as OperationKey[]).map((key) => {
    const { input, http, scope, summary, maxBodyBytes }: Operation = operations[key];
    const [method, path] = http;
    const read = (call: Call) => (method === 'POST' ? readBody(input, call, maxBodyBytes) : readQuery(input, call));
    // The input was checked by the same row whose handler takes it; only the type system cannot follow a loop.
    const run: (input: never, context: CallContext) => Promise<OutputOf<OperationKey>> = queue[key];
    const accepted: ((output: never) => boolean) | undefined = ACCEPTED[key];
    return {
      method,
      path,
      scope,
      summary,
      async handle(call) {
        const output = await run((await read(call)) as never, call.get('callContext'));
        return jsonResponse(output, accepted?.(output as never) ? 202 : 200);
      },
    };
  });
}
