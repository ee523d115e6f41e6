import { type Operation, takesBody } from '../contract/operation.ts';
import { type OperationKey, operations } from '../contract/operations.ts';
import { callByKey, type QueueApi } from '../contract/queue-api.ts';
import { jsonResponse } from './problem.ts';
import { bodyValues, queryValues } from './read-input.ts';
import type { Call, Route } from './route.ts';

/** One route for each row of the operations table. */
export function operationRoutes(queue: QueueApi): Route[] {
  return (Object.keys(operations) as OperationKey[]).map((key) => {
    const row: Operation = operations[key];
    const { input, http, summary, maxBodyBytes } = row;
    const [method, path] = http;
    const valuesOf = (call: Call) =>
      takesBody(method) ? bodyValues(input, call, maxBodyBytes) : queryValues(input, call);
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
