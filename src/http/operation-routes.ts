import { type Operation, takesBody } from '../contract/operation.ts';
import { type OperationKey, operations } from '../contract/operations.ts';
import { callByKey, type QueueApi } from '../contract/queue-api.ts';
import { jsonResponse } from './problem.ts';
import { bodyValues, queryValues } from './read-input.ts';
import type { Call, Route } from './route.ts';

/** The key of a call that takes one, as the header that carries it. */
function keyIn({ shape }: Operation['input'], call: Call): Readonly<Record<string, string>> {
  const key = call.req.header('idempotency-key');
  return key === undefined || !Object.hasOwn(shape, 'idempotency_key') ? {} : { idempotency_key: key };
}

/** One route for each row of the operations table. */
export function operationRoutes(queue: QueueApi): Route[] {
  return (Object.keys(operations) as OperationKey[]).map((key) => {
    const row: Operation = operations[key];
    const { input, http, summary, maxBodyBytes } = row;
    const [method, path] = http;
    const valuesOf = (call: Call) =>
      takesBody(method) ? bodyValues(input, call, maxBodyBytes, keyIn(input, call)) : queryValues(input, call);
    return {
      method,
      path,
      does: key,
      summary,
      async handle(call) {
        const output = await callByKey(queue, key, await valuesOf(call), call.get('callContext'));
        return jsonResponse(output, row.accepted?.(output) ? 202 : 200);
      },
    };
  });
}
