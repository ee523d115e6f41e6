import { checkInput } from '../contract/check-input.ts';
import { ACTING_HEADER } from '../contract/names.ts';
import { type Operation, takesBody } from '../contract/operation.ts';
import { type OperationKey, operations } from '../contract/operations.ts';
import { addressOf, queryOf } from './address.ts';
import { type Checker, checked } from './answer.ts';
import { keyHeader, traceHeader } from './headers.ts';
import type { ClientContext } from './queue-client.ts';
import type { Transport } from './transport.ts';

/** A call ends by itself when the queue answers late: what was accepted is found again by its receipt or job. */
const CALL_MS = 15_000;

/** Calls an operation as its row says, and checks the answer by it. */
export async function callOperation(
  { base, request }: Transport,
  key: OperationKey,
  input: Record<string, unknown>,
  context: ClientContext,
): Promise<unknown> {
  const [method, pattern] = operations[key].http;
  const output: Checker<unknown> = operations[key].output;
  // Before it is sent: in an address every value is text, and an empty one makes another address.
  const values = Object.entries(checkInput(operations[key].input, input));
  const rest = new Map(values.filter(([, value]) => value !== undefined));
  const path = addressOf(pattern, rest);
  const acting = context.acting === undefined ? {} : { [ACTING_HEADER]: context.acting };
  const callers = { ...acting, ...traceHeader(context) };
  const headers = { ...callers, ...keyHeader(rest.get('idempotency_key')) };
  rest.delete('idempotency_key');
  const { waitsS }: Operation = operations[key];
  const limitMs = CALL_MS + (waitsS?.(input) ?? 0) * 1000;
  const answer = takesBody(method)
    ? await request(path, jsonInit(method, Object.fromEntries(rest), headers), limitMs, context.signal)
    : await request(path + queryOf(rest), { method, headers: callers }, limitMs, context.signal);
  return checked(output, answer, base);
}

function jsonInit(method: string, body: unknown, headers: Readonly<Record<string, string>>) {
  return { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } };
}
