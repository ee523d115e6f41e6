import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Operation } from '../../src/contract/operation.ts';
import { type OperationKey, operations } from '../../src/contract/operations.ts';
import { guardedQueue, type Handlers } from '../../src/queue/pipeline.ts';
import { draws } from '../support/sample.ts';
import { STAGES } from '../support/stages.ts';
import { appOver } from './support/addresses.ts';

/** Answers every call with nothing, and keeps what it was called with. */
function recording() {
  const inputs: unknown[] = [];
  const handlers = new Proxy(
    {},
    {
      get: () => async (input: unknown) => {
        inputs.push(input);
        return {};
      },
    },
  ) as Handlers;
  return { app: appOver(guardedQueue(handlers, STAGES)), inputs };
}

const oddNumbers = [0, -0, -1, 1.5, 2 ** 31, 2 ** 53 - 1, 2 ** 53, Number.MAX_VALUE];
const oddTexts = [
  '',
  '17abc',
  '１７',
  ' 17 ',
  '1e3',
  '+1',
  '0x11',
  '\0',
  '\u202e',
  '\ud800',
  '../..',
  '__proto__',
  'x'.repeat(700),
];
const oddValue = fc.oneof(
  fc.constantFrom<unknown>(...oddNumbers, ...oddTexts, null, true, false, [], {}),
  fc.jsonValue(),
  fc.integer({ min: 1, max: 100 }),
  fc.array(fc.oneof(fc.integer(), fc.string()), { maxLength: 5 }),
);

/** Arguments that begin as the operation's own, some of them odd, some missing, some too many. */
function argumentsOf(operation: Operation): fc.Arbitrary<Record<string, unknown>> {
  const known = Object.keys(operation.input.shape);
  const name = fc.oneof(
    fc.constantFrom(...known, 'tenant_id', '__proto__', 'constructor'),
    fc.string({ maxLength: 8 }),
  );
  return fc.dictionary(name, oddValue, { maxKeys: 4, noNullPrototype: true });
}

/** As it may stand in an address: half a surrogate pair cannot. */
function textOf(value: unknown): string {
  return (typeof value === 'string' ? value : JSON.stringify(value)).replace(/\p{Cs}/gu, '\ufffd');
}

type Recording = ReturnType<typeof recording>;

async function send({ app }: Recording, operation: Operation, values: Record<string, unknown>): Promise<Response> {
  const [method, pattern] = operation.http;
  const rest = new Map(Object.entries(values));
  const path = pattern.replace(/\{(\w+)\}/g, (_, field: string) => {
    const value = rest.get(field) ?? 'ocr-1';
    rest.delete(field);
    return encodeURIComponent(textOf(value) || 'x');
  });
  const query = new URLSearchParams([...rest].map(([key, value]): [string, string] => [key, textOf(value)]));
  return method === 'GET'
    ? app.request(`http://localhost${path}?${query}`)
    : app.request(`http://localhost${path}`, {
        method,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(Object.fromEntries(rest)),
      });
}

/** What is wrong with what an answered call handed on. */
function wrongCall(operation: Operation, inputs: readonly unknown[]): string | undefined {
  const fits = inputs.length === 1 && operation.input.safeParse(inputs[0]).success;
  return fits ? undefined : `was answered, and handed on ${JSON.stringify(inputs)}`;
}

/** What is wrong with a refusal: it hands nothing on, and names what it refuses. */
function wrongRefusal(status: number, text: string, inputs: readonly unknown[]): string | undefined {
  if (inputs.length > 0) return `was refused, and handed on ${JSON.stringify(inputs)}`;
  // A path value of dots is another address.
  if (![404, 405, 413, 422].includes(status)) return `was answered with ${status}: ${text}`;
  const { code, errors = [] } = JSON.parse(text) as { code: string; errors?: unknown[] };
  if (status !== 422) return undefined;
  if (!['invalid_argument', 'unknown_argument'].includes(code)) return `was refused with ${code}`;
  return errors.length >= 1 && errors.length <= 10 ? undefined : `names ${errors.length} errors`;
}

describe.each(Object.keys(operations) as OperationKey[])('%s', (key) => {
  const operation: Operation = operations[key];

  it('meets any arguments with an answer or with a problem that names them, and hands on only what its row allows', async () => {
    const called = recording();
    await fc.assert(
      fc.asyncProperty(argumentsOf(operation), async (values) => {
        const response = await send(called, operation, values);
        const inputs = called.inputs.splice(0);
        const wrong = response.ok
          ? wrongCall(operation, inputs)
          : wrongRefusal(response.status, await response.text(), inputs);
        // An expectation for each of so many answers would take more time than they do.
        if (wrong !== undefined) expect.fail(wrong);
      }),
      { numRuns: draws(1_000) },
    );
  });
});
