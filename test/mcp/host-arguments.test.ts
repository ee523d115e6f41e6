import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { readArguments } from '../../mcp/arguments/host-arguments.ts';
import { tools } from '../../mcp/tools/index.ts';
import { checkInput } from '../../src/contract/check-input.ts';
import { isAppError } from '../../src/contract/errors.ts';
import { type OperationKey, operations } from '../../src/contract/operations.ts';
import { FIELDS, type Notations } from './support/notations.ts';

interface Row {
  readonly name: string;
  readonly input: z.ZodObject;
  /** As a title has it: many tools are called as an operation and take other arguments. */
  readonly called: string;
}

/** Every tool, and every operation: the rule must fit the tools that come. */
const TABLES: readonly Row[] = [
  ...(Object.keys(operations) as OperationKey[]).map((key) => ({ ...operations[key], called: operations[key].name })),
  ...tools.map((tool) => ({ ...tool, called: `tool:${tool.name}` })),
];
const MAX_WAIT_S = 25;

/** What the operation would get, or the pointers that a refusal names. */
function outcome(row: Pick<Row, 'name' | 'input'>, sent: unknown): { input: unknown } | { refused: string[] } {
  try {
    const { values } = readArguments({ tool: row.name, input: row.input, maxWaitS: MAX_WAIT_S }, sent);
    return { input: checkInput(row.input, values) };
  } catch (error) {
    if (!isAppError(error)) throw error;
    expect(['invalid_argument', 'unknown_argument', 'batch_too_large']).toContain(error.code);
    // What was sent is quoted.
    for (const { message } of error.fields)
      expect(message.replace(/".*"/gs, '')).not.toMatch(/expected|received|zod|invalid|pattern/i);
    return { refused: error.fields.map(({ pointer }) => pointer.slice(1).split('/')[0] ?? '') };
  }
}

const fieldsOf = (row: Row) => Object.keys(row.input.shape);
const notationsOf = (name: string, row: Row): Notations => {
  const found = FIELDS[`${row.called}.${name}`] ?? FIELDS[`${row.name}.${name}`] ?? FIELDS[name];
  if (!found) throw new Error(`Give the field ${name} its notations here.`);
  return found;
};

/** A call that is right in every field that must be there. */
const required = (row: Row) =>
  Object.fromEntries(
    Object.entries(row.input.shape)
      .filter(([, field]) => !field.safeParse(undefined).success)
      .map(([name]) => [name, notationsOf(name, row).strict]),
  );

const camel = (name: string) => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
const SPELLINGS: readonly ((name: string) => string)[] = [
  (name) => name,
  camel,
  (name) => name.toUpperCase(),
  (name) => name.replaceAll('_', '-'),
  (name) => name.replaceAll('_', ' '),
  (name) => name.replaceAll('_', ''),
  (name) => camel(`_${name}`),
];

const WRAPPINGS: readonly ((args: Record<string, unknown>, tool: string) => unknown)[] = [
  (args) => args,
  (args) => JSON.stringify(args),
  (args) => JSON.stringify(JSON.stringify(args)),
  (args) => ` ${JSON.stringify(args, null, 2)}\n`,
  (args) => [args],
  (args) => ({ kwargs: args }),
  (args) => ({ arguments: args }),
  (args) => ({ args: JSON.stringify(args) }),
  (args) => ({ params: args, _meta: { progressToken: 1 } }),
  (args) => ({ parameters: { kwargs: args } }),
  (args, tool) => ({ name: tool, arguments: args }),
  (args) => ({ ...args, _meta: {}, _reason: 'x' }),
  (args) => ({ ...args, task_progress: 'x', requires_approval: true, explanation: 'x', toolSummary: 'x' }),
  (args) => ({ ...args, security_risk: 'LOW', random_string: 'x', toolCallId: 'x', '': 'x' }),
];

const fieldRows = TABLES.flatMap((row) => fieldsOf(row).map((name) => ({ row, tool: row.called, name })));

describe('every field of every operation, as hosts write it', () => {
  it.each(fieldRows)('[M6] $tool takes $name in every notation that means one thing', ({ row, name }) => {
    const { strict, same } = notationsOf(name, row);
    const expected = outcome(row, { ...required(row), [name]: strict });
    expect(expected).toHaveProperty('input');
    for (const value of same)
      expect([value, outcome(row, { ...required(row), [name]: value })]).toEqual([value, expected]);
    const { [name]: _, ...others } = required(row);
    for (const spelling of SPELLINGS) {
      expect([spelling(name), outcome(row, { ...others, [spelling(name)]: strict })]).toEqual([
        spelling(name),
        expected,
      ]);
    }
  });

  it.each(fieldRows)('[M6] $tool refuses $name by its name when the value means nothing', ({ row, name }) => {
    for (const value of notationsOf(name, row).refused) {
      const seen = outcome(row, { ...required(row), [name]: value });
      expect([value, seen]).toEqual([value, { refused: [name] }]);
    }
  });

  it.each(fieldRows)(
    '[M6] $tool takes nothing for $name as left out, and says so when it must be there',
    ({ row, name }) => {
      const without = { ...required(row) };
      delete without[name];
      const expected = outcome(row, without);
      for (const nothing of [null, '', '  ']) {
        expect([nothing, outcome(row, { ...without, [name]: nothing })]).toEqual([nothing, expected]);
      }
      if (name in required(row)) expect(expected).toEqual({ refused: [name] });
    },
  );

  it.each(TABLES)('[M6] $called is called the same in every wrapping', (row) => {
    const all = Object.fromEntries(fieldsOf(row).map((name) => [name, notationsOf(name, row).strict]));
    for (const args of [required(row), all]) {
      const expected = outcome(row, args);
      for (const wrap of WRAPPINGS)
        expect([wrap(args, row.name), outcome(row, wrap(args, row.name))]).toEqual([wrap(args, row.name), expected]);
    }
  });

  it.each(TABLES)('[M6] $called reads what is no arguments at all as none', (row) => {
    for (const nothing of [undefined, null, '', ' ', [], {}, 'null', '{}', '""', { kwargs: {} }, { kwargs: null }]) {
      expect([nothing, outcome(row, nothing)]).toEqual([nothing, outcome(row, {})]);
    }
  });

  it.each(TABLES)('[M6] $called refuses arguments that are no object in any reading', (row) => {
    for (const sent of ['all', '[1', 17, true, [1, 2], ['ocr-1'], '17', '[1,2]']) {
      expect([sent, outcome(row, sent)]).toEqual([sent, { refused: ['arguments'] }]);
    }
  });
});

describe('what has two readings', () => {
  it('[M6] is refused when one field comes twice with different values, and read when they are the same', () => {
    const row = operations.enqueueOcr;
    expect(outcome(row, { receipt_id: 17, receiptId: 18 })).toEqual({ refused: ['receipt_id'] });
    expect(outcome(row, { receipt_id: 17, receiptId: '17' })).toEqual({ input: { receipt_id: 17 } });
    expect(outcome(row, { receipt_id: 17, receiptId: null })).toEqual({ input: { receipt_id: 17 } });
  });

  it('[M6] names the nearest argument and the allowed ones, and every other mistake of the call', () => {
    const { values } = readArguments(
      { tool: 'enqueue_ocr', input: operations.enqueueOcr.input, maxWaitS: 25 },
      { recept_id: 17, prio: 'high', foo: 1, user_id: 'me' },
    );
    const refusal = () => checkInput(operations.enqueueOcr.input, values);
    expect(refusal).toThrow(/And 4 more/);
    try {
      refusal();
    } catch (error) {
      const messages = isAppError(error) ? error.fields.map(({ message }) => message) : [];
      expect(messages).toEqual([
        'receipt_id is missing.',
        'user_id must be a whole number, not "me".',
        'Unknown argument "recept_id". Did you mean receipt_id? Allowed: receipt_id, image_path, user_id, priority, force, run_at, delay_seconds, after, on_parent_failure.',
        'Unknown argument "prio". Did you mean priority?',
        'Unknown argument "foo".',
      ]);
    }
  });
});

describe('any arguments at all', () => {
  it('[M6] are read or refused by name, in any tool, and never break it', () => {
    const value = fc.oneof(fc.jsonValue(), fc.constantFrom(17, '17', 'ocr-17', 'HIGH', 'true', '', null, -0));
    const key = fc.oneof(
      fc.string(),
      fc.constantFrom('receipt_id', 'jobId', 'wait_seconds', '__proto__', 'constructor', 'kwargs'),
    );
    const sent = fc.oneof(value, fc.dictionary(key, value), fc.json());
    fc.assert(
      fc.property(fc.constantFrom(...TABLES), sent, (row, args) => {
        const seen = outcome(row, args);
        if ('refused' in seen) expect(seen.refused.length).toBeGreaterThan(0);
      }),
      { numRuns: 2_000 },
    );
  });

  it('[S2] are counted before they are read: a flood of values is refused in a sentence', () => {
    const flood = (args: unknown) => () =>
      readArguments({ tool: 'queue_info', input: operations.queueInfo.input, maxWaitS: 25 }, args);
    const many = Object.fromEntries(Array.from({ length: 30_000 }, (_, place) => [`k${place}`, 1]));
    let deep: unknown = 1;
    for (let depth = 0; depth < 30_000; depth += 1) deep = [deep];
    for (const args of [many, { user_id: Array(30_000).fill(1) }, deep, 'x'.repeat(2 * 1024 * 1024)]) {
      expect(flood(args)).toThrow('The arguments hold more than any call needs.');
    }
  });
});
