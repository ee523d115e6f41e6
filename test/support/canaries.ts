import { z } from 'zod';
import { takesBody } from '../../src/contract/operation.ts';
import { type OperationKey, operations } from '../../src/contract/operations.ts';

/** In every text that a caller, a receipt, an agent or a receiver of webhooks sends: no program of ours ever writes it. */
export const CANARY = 'Kanari7Zq';

/** Arguments with which a call comes as far as its texts. */
const USUAL: Readonly<Record<string, unknown>> = {
  ...{ amount: '25.00', currency: 'EUR', period: 'month', priority: 'high', cron: '0 2 * * *', confirm: true },
  ...{
    url: `https://hooks.example/${CANARY}?token=${CANARY}`,
    events: ['job.finished'],
    in_flight: 5,
    wait_seconds: 0,
  },
  ...{ from: '2026-03-01T00:00:00Z', to: '2026-03-02T00:00:00Z', time_zone: 'UTC', name: `${CANARY}-name` },
};

interface CanaryCall {
  readonly key: OperationKey;
  readonly method: string;
  readonly path: string;
  readonly body: string | undefined;
}

const holdsText = (field: z.core.$ZodType): boolean => z.safeParse(field, `${CANARY}-x`).success;
const takesText = (field: z.core.$ZodType): boolean =>
  holdsText(field) || JSON.stringify(z.toJSONSchema(field as z.ZodType, { io: 'input' })).includes('"string"');

/** Each operation with a canary in each of its fields that takes text, fitting or not, and once with all of them. */
export function canaryCalls(ids: Readonly<Record<string, unknown>>): CanaryCall[] {
  return (Object.keys(operations) as OperationKey[]).flatMap((key) => {
    const shape: Readonly<Record<string, z.core.$ZodType>> = operations[key].input.shape;
    const named = Object.fromEntries(
      Object.entries({ ...USUAL, ...ids }).filter(([name]) => Object.hasOwn(shape, name) && isNeeded(key, name)),
    );
    const texts = Object.keys(shape).filter((name) => takesText(shape[name] as z.core.$ZodType));
    const fitting = texts.filter((name) => holdsText(shape[name] as z.core.$ZodType) && !Object.hasOwn(named, name));
    const withAll = { ...named, ...Object.fromEntries(fitting.map((name) => [name, `${CANARY}-${name}`])) };
    const each = texts.map((name) => ({ ...named, [name]: `${CANARY}-${name}` }));
    return [withAll, ...each, { ...named, [CANARY]: CANARY }].map((args) => callOf(key, args));
  });
}

/** A bulk is previewed, never carried out, and no receipt is deleted under the others. */
const isNeeded = (key: OperationKey, name: string): boolean =>
  !(key === 'deleteReceipt' && name === 'receipt_id') && !(key.startsWith('find') && name === 'from');

function callOf(key: OperationKey, args: Readonly<Record<string, unknown>>): CanaryCall {
  const [method, pattern] = operations[key].http;
  const rest = new Map(Object.entries(args));
  const path = pattern.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = String(rest.get(name) ?? CANARY);
    rest.delete(name);
    return encodeURIComponent(value);
  });
  if (takesBody(method)) return { key, method, path, body: JSON.stringify(Object.fromEntries(rest)) };
  const query = new URLSearchParams();
  for (const [name, value] of rest) for (const one of [value].flat()) query.append(name, String(one));
  return { key, method, path: `${path}?${query}`, body: undefined };
}
