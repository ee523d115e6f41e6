import { beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { tools } from '../../mcp/tools/index.ts';
import { receiptExport } from '../../src/contract/export.ts';
import { type OperationKey, operations, streams } from '../../src/contract/operations.ts';
import { ALL, randomFrom, SEED, SHARE } from '../support/sample.ts';
import { servedRoutes } from './support/addresses.ts';
import { type Arguments, type Door, doors, hostReading, type Verdict, verdictOfResponse } from './support/doors.ts';
import { useHttpQueue } from './support/http-queue.ts';
import { picture } from './support/images.ts';
import { asTexts, type Field, inputsFor } from './support/inputs.ts';
import { fillWithKeys } from './support/key-refusals.ts';

const http = useHttpQueue();

/** Arguments that are in order, about what is not there: whatever changes then was changed by a mistake. */
const USUAL: Readonly<Record<string, string>> = {
  receipt_id: '2147483647',
  receipt_ids: '[2147483647]',
  job_id: '"ocr-2147483647"',
  batch_id: '"batch-2147483647"',
  bulk_id: '"bulk-2147483647"',
  task_id: '"t1.e30.x"',
  priority: '"high"',
  amount: '"25.00"',
  currency: '"EUR"',
  period: '"day"',
  name: '"nightly"',
  // No month has this day: a schedule that one door made would be found at the next.
  cron: '"0 2 30 2 *"',
  webhook_id: '"webhook-2147483647"',
  key_id: '"pq_2147483647"',
  // None to which anything is sent: a webhook that one door made would be found at the next.
  url: '"ftp://hooks.example/receipts"',
  events: '["job.finished"]',
  from: `"${new Date(Date.now() - 7_200_000).toISOString()}"`,
  to: `"${new Date(Date.now() - 3_600_000).toISOString()}"`,
};

// A key that one door made would be in the way of the next.
beforeAll(() => fillWithKeys(http.current));

const shapeOf = (key: OperationKey): Readonly<Record<string, Field>> => operations[key].input.shape;

/** Of receipts these are days and no times. */
const DAYS = { from: '"2026-01-01"', to: '"2026-01-31"' };
const OF_RECEIPTS: ReadonlySet<string> = new Set(['findReceipts', 'summarizeReceipts']);
function usualFor(key: OperationKey): Map<string, string> {
  const usual = { ...USUAL, ...(OF_RECEIPTS.has(key) ? DAYS : {}) };
  return new Map(Object.entries(usual).filter(([name]) => Object.hasOwn(shapeOf(key), name)));
}

/** A command knows its words by their places: the one that a word too few leaves empty is the last. */
function lastPlaceOf(key: OperationKey, field: string): string {
  const places = [...operations[key].cli.matchAll(/<(\w+)>/g)].map(([, name = '']) => name);
  return places.includes(field) ? (places.at(-1) ?? field) : field;
}

function doorsOf(key: OperationKey): [string, Door][] {
  // A tool that takes other arguments than its operation is tried by the tests of its own.
  const isTool = tools.some(
    ({ name, input }) =>
      name === operations[key].name && Object.keys(shapeOf(key)).every((field) => Object.hasOwn(input.shape, field)),
  );
  return Object.entries(doors).filter(([name]) => name !== 'mcp' || isTool);
}

async function ask(key: OperationKey, args: Arguments): Promise<[door: string, verdict: Verdict][]> {
  const answers: [string, Verdict][] = [];
  for (const [name, door] of doorsOf(key)) {
    const verdict = await door(http.current, key, args);
    const reading = name === 'mcp' ? hostReading(key, args) : undefined;
    // Hosts write in their own way, and then MCP answers as every door answers the strict form.
    if (reading) expect([[...args], verdict]).toEqual([[...args], await strictly(key, reading)]);
    else if (verdict) answers.push([name, verdict]);
  }
  return answers;
}

async function strictly(key: OperationKey, reading: Arguments | Verdict): Promise<Verdict | undefined> {
  return 'code' in reading ? reading : doors.client(http.current, key, reading);
}

/** Fields whose values only the queue can make. */
const SEALED = ['cursor', 'confirm_token'];

interface Case {
  readonly field: string;
  readonly json: string;
  readonly args: Arguments;
}

/** Each run draws some of the inputs of every field beside its bounds, so that many runs cover all; `FAULTS=all` tries all. */
const isDrawn = randomFrom(SEED);

function casesOf(key: OperationKey, fits: boolean): Case[] {
  return Object.entries(shapeOf(key)).flatMap(([field, schema]) => {
    const inputs = inputsFor(schema);
    expect(inputs.length).toBeGreaterThan(80);
    expect(inputs.filter((input) => !input.fits).length).toBeGreaterThanOrEqual(5);
    return inputs
      .filter((input) => input.fits === fits && (ALL || input.isBound || isDrawn() < SHARE / 2))
      .map(({ json }) => ({ field, json, args: new Map([...usualFor(key), [field, json]]) }));
  });
}

const shown = (field: string, json: string) => `${field} = ${json.slice(0, 60)}`;
const tooMany = (json: string) => json.startsWith('[') && JSON.parse(json).length > 10_000;

describe.each(Object.keys(operations) as OperationKey[])(`%s (seed ${SEED})`, (key) => {
  it('refuses one wrong value at every door alike, names the field, and changes nothing', async () => {
    const before = await http.current.everything();
    const cases = casesOf(key, false);
    const asked = new Set<string>();
    for (const { field, json, args } of cases) {
      const code = tooMany(json) ? 'batch_too_large' : 'invalid_argument';
      for (const [door, verdict] of await ask(key, args)) {
        asked.add(door);
        const where = `${door}: ${shown(field, json)}`;
        expect([where, verdict.code]).toEqual([where, code]);
        const pointers = verdict.pointers.map((pointer) => pointer.replace(/^(\/\w+)\/0$/, '$1'));
        expect([where, pointers]).toEqual([where, [`/${field}`]]);
      }
    }
    if (cases.length > 0)
      expect([...asked].sort()).toEqual(
        doorsOf(key)
          .map(([name]) => name)
          .sort(),
      );
    expect(await http.current.everything()).toEqual(before);
  });

  it('answers what fits alike at every door', async () => {
    for (const { field, json, args } of casesOf(key, true)) {
      const [first, ...others] = await ask(key, args);
      expect([shown(field, json), first?.[1].code]).not.toEqual([shown(field, json), 'internal']);
      // Whatever fits their form was not given by any answer.
      if (SEALED.includes(field)) expect([shown(field, json), first?.[1].code]).not.toEqual([shown(field, json), 'ok']);
      for (const [door, verdict] of others) {
        expect([`${door}: ${shown(field, json)}`, verdict]).toEqual([`${door}: ${shown(field, json)}`, first?.[1]]);
      }
    }
  });

  it('refuses a field that does not exist at every door alike, whatever else is right', async () => {
    const known = Object.keys(shapeOf(key));
    const strange = [
      'status',
      'tenant_id',
      '__proto__',
      'constructor',
      'a/b',
      ...known.map((name) => name.toUpperCase()),
    ].filter((name) => !known.includes(name));
    const before = await http.current.everything();
    for (const name of strange) {
      for (const [door, verdict] of await ask(key, new Map([...usualFor(key), [name, '1']]))) {
        const want = { code: 'unknown_argument', pointers: [`/${name.replace('/', '~1')}`] };
        expect([door, verdict]).toEqual([door, want]);
      }
    }
    expect(await http.current.everything()).toEqual(before);
  });

  it('misses a field that must be there at every door alike', async () => {
    for (const [field, schema] of Object.entries(operations[key].input.shape as Record<string, z.ZodType>)) {
      if (schema.safeParse(undefined).success) continue;
      const args = usualFor(key);
      args.delete(field);
      for (const [door, verdict] of await ask(key, args)) {
        const missing = door === 'cli' ? lastPlaceOf(key, field) : field;
        expect([door, verdict]).toEqual([door, { code: 'invalid_argument', pointers: [`/${missing}`] }]);
      }
    }
  });
});

const { receipt_id, user_id } = operations.enqueueOcr.input.shape;
const { job_id } = operations.getJobStatus.input.shape;
const { limit } = operations.enqueueBatchOcr.input.shape;

/** The routes that are no operation of their own, with the operations' fields that they take as text. */
const OTHERS: readonly [method: string, path: string, fields: Readonly<Record<string, Field>>][] = [
  ['POST', '/receipts/{receipt_id}/ocr', { receipt_id, user_id }],
  ['POST', '/receipts/{receipt_id}/ocr/retry', { receipt_id, user_id }],
  ['GET', '/receipts/{receipt_id}/ocr/status', { receipt_id }],
  ['POST', '/receipts/ocr/process-all', { user_id, limit }],
  ['GET', '/receipts/ocr/queue-status', { receipt_id }],
  ['GET', '/receipts/ocr/job/{job_id}', { job_id }],
  ['GET', '/receipts/{receipt_id}/image', { receipt_id }],
  [...streams.events.http, streams.events.input.omit({ types: true }).shape],
  ['GET', receiptExport.path, receiptExport.input.shape],
];
const FORMS = ['/receipts', '/receipts/bulk'];
const PAGES = ['/', '/docs', '/ui/{page}', '/ui/{page}/{id}', '/assets/{file}'];
/** Its key is tried in sessions.test.ts. */
const SESSION = ['POST /session', 'DELETE /session'];
const WITHOUT_INPUT = ['/livez', '/readyz', '/openapi.json', ...PAGES];

it('knows every address that is served', async () => {
  const known = [
    ...Object.values(operations).map(({ http: [method, path] }) => `${method} ${path}`),
    ...OTHERS.map(([method, path]) => `${method} ${path}`),
    ...FORMS.map((path) => `POST ${path}`),
    // Its token says what it takes; upload-address.test.ts tries what is none.
    'POST /uploads/{token}',
    ...SESSION,
    ...WITHOUT_INPUT.map((path) => `GET ${path}`),
  ];
  expect((await servedRoutes()).map((route) => route.join(' ')).sort()).toEqual(known.sort());
});

/** The texts that the field refuses. */
function wrongTexts(schema: Field): string[] {
  const texts = inputsFor(schema).flatMap((input) => (input.fits ? [] : (asTexts(schema, input) ?? [])));
  return [...new Set(texts)];
}

describe.each(OTHERS)('%s %s', (method, pattern, fields) => {
  it('refuses one wrong value, names the field, and changes nothing', async () => {
    const before = await http.current.everything();
    for (const [field, schema] of Object.entries(fields)) {
      const inPath = pattern.includes(`{${field}}`);
      for (const text of wrongTexts(schema)) {
        if (inPath && /^\.{0,2}$/.test(text)) continue;
        const path = pattern.replace(/\{(\w+)\}/g, (_, name: string) =>
          encodeURIComponent(name === field ? text : JSON.parse(USUAL[name] ?? 'null')),
        );
        const address = inPath ? path : `${path}?${new URLSearchParams([[field, text]])}`;
        const verdict = await verdictOfResponse(await http.current.fetch(address, { method }));
        expect([address, verdict]).toEqual([address, { code: 'invalid_argument', pointers: [`/${field}`] }]);
      }
    }
    expect(await http.current.everything()).toEqual(before);
  });
});

describe.each(FORMS)('POST %s', (path) => {
  it('refuses a wrong user_id in a form, names the field, and changes nothing', async () => {
    const image = new Blob([await picture('png')]);
    const before = await http.current.everything();
    for (const text of wrongTexts(user_id)) {
      const form = new FormData();
      form.append(path === '/receipts' ? 'file' : 'files', image, 'receipt.png');
      form.append('purchase_date', '2026-01-19');
      form.append('user_id', text);
      const verdict = await verdictOfResponse(await http.current.fetch(path, { method: 'POST', body: form }));
      expect([text, verdict]).toEqual([text, { code: 'invalid_argument', pointers: ['/user_id'] }]);
    }
    expect(await http.current.everything()).toEqual(before);
  });
});
