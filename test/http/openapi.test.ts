import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { ERRORS, type ErrorCode, toAppError } from '../../src/contract/errors.ts';
import type { Operation } from '../../src/contract/operation.ts';
import { type CallKey, calls, operations } from '../../src/contract/operations.ts';
import { createCursors } from '../../src/feed/cursor.ts';
import { mapDatabaseError } from '../../src/ledger/connection/database-error.ts';
import { readLedgerId } from '../../src/ledger/insight/queue-state.ts';
import { addReceipts } from '../support/db.ts';
import { admitted, ended, finished, waiting } from '../support/job-states.ts';
import { asOwner } from '../support/owner.ts';
import { type DocumentedOperation, document, faultsIn } from './support/documented.ts';
import { useHttpQueue } from './support/http-queue.ts';
import { newPhoto, receiptPhoto } from './support/images.ts';
import { keyRefusals } from './support/key-refusals.ts';
import { problemOf } from './support/problem.ts';
import { reviewRefusals } from './support/review-refusals.ts';
import { subscriptionRefusals } from './support/subscription-refusals.ts';

const http = useHttpQueue();

const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, ...operation })),
);
const byId = new Map(documented.map((operation) => [operation.operationId, operation]));
const rows = Object.values<Operation>(operations);

describe('the OpenAPI document', () => {
  it('[H3] is valid OpenAPI 3.1 by a public validator', async () => {
    const served = (await (await http.current.fetch('/openapi.json')).json()) as Record<string, unknown>;
    const validator = new Validator();
    expect(await validator.validate(served)).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  it('[H3] describes each operation of the table at its own address, with a tag that it explains', () => {
    for (const {
      name,
      summary,
      http: [method, path],
    } of rows) {
      expect(byId.get(name)).toMatchObject({ method, path, summary, tags: [path.split('/')[1]] });
    }
    expect(byId.size).toBe(documented.length);
    const tags = (document as unknown as { tags: { name: string; description: string }[] }).tags;
    expect(tags.filter(({ description }) => description === '')).toEqual([]);
  });

  it('[H3] takes Idempotency-Key where, and only where, a call may be repeated under its key', () => {
    const key = { $ref: '#/components/parameters/IdempotencyKey' };
    const keyed = documented.filter(({ parameters }) => parameters.some(({ $ref }) => $ref === key.$ref));
    const wanted = Object.values(calls)
      .filter(({ repeat }) => repeat === 'keyed')
      .map(({ name }) => name);
    expect(keyed.map(({ operationId }) => operationId).sort()).toEqual([...wanted, 'add_receipts_in_bulk'].sort());
  });

  it('[H3] writes each object of five fields and more down once, no matter who shows it', () => {
    const all = objectsIn(document).map((properties) => JSON.stringify(properties));
    expect(all.length).toBeGreaterThan(10);
    expect(all.filter((text, at) => all.indexOf(text) !== at)).toEqual([]);
  });

  it('gives examples of arguments that their own schemas take', () => {
    const bodies = Object.entries(document.components.schemas ?? {}).flatMap(([name, { properties = {} }]) =>
      Object.entries(properties as Record<string, { examples?: unknown[] }>).map(([field, schema]) => ({
        at: `${name}.${field}`,
        schema,
      })),
    );
    const parameters = documented.flatMap(({ operationId, parameters: all }) =>
      all
        .filter(({ schema }) => schema !== undefined)
        .map(({ name, schema }) => ({ at: `${operationId} ${name}`, schema: schema as { examples?: unknown[] } })),
    );
    const given = [...bodies, ...parameters].flatMap(({ at, schema }) =>
      (schema.examples ?? []).map((value) => ({ at, faults: faultsIn(value, schema) })),
    );
    expect(given.length).toBeGreaterThan(20);
    expect(given.filter(({ faults }) => faults.length > 0)).toEqual([]);
  });
});

/** The fields of every object schema with five of them and more. */
function objectsIn(value: unknown): object[] {
  if (typeof value !== 'object' || value === null) return [];
  const { type, properties } = value as { type?: unknown; properties?: object };
  const own = type === 'object' && Object.keys(properties ?? {}).length >= 5 ? [properties as object] : [];
  return [...own, ...Object.values(value).flatMap(objectsIn)];
}

const problemSchema = { $ref: '#/components/schemas/Problem' };
const exampleOf = (code: string) => document.components.examples?.[code]?.value as Record<string, unknown>;
const codesOf = ({ responses }: DocumentedOperation) =>
  Object.entries(responses).flatMap(([status, { content }]) =>
    Object.keys(content['application/problem+json']?.examples ?? {}).map((code) => ({ status: Number(status), code })),
  );

describe('a refusal in the OpenAPI document', () => {
  it.each(Object.keys(calls) as CallKey[])(
    '[H3] is given for each error of %s, under its status, with an example',
    (key) => {
      const { name, errors } = calls[key];
      const operation = byId.get(name);
      const codes = operation ? codesOf(operation) : [];
      for (const code of errors as readonly ErrorCode[])
        expect(codes).toContainEqual({ status: ERRORS[code].http, code });
      for (const { status, code } of codes) {
        expect(exampleOf(code)).toMatchObject({
          code,
          status,
          type: `urn:pantry-queue:problem:${code}`,
          title: ERRORS[code as ErrorCode].title,
        });
        expect(faultsIn(exampleOf(code), problemSchema)).toEqual([]);
      }
    },
  );
});

const post = (address: string, body: string, headers: Record<string, string> = {}) =>
  http.current.fetch(address, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });
const json = (address: string, body: unknown) => post(address, JSON.stringify(body));

const upload = (bytes: Uint8Array, path = '/receipts') => {
  const form = new FormData();
  form.append('file', new Blob([bytes as Uint8Array<ArrayBuffer>]), 'receipt.jpg');
  return http.current.fetch(path, { method: 'POST', body: form });
};

/** A bulk of no job: its preview confirmed at once. */
async function bulkOf(call: 'clear' | 'redrive'): Promise<string> {
  const preview = await json(`/jobs/failed/${call}`, { user_id: 999 });
  const { confirm_token } = (await preview.json()) as { confirm_token: string };
  const { bulk } = (await (await json(`/jobs/failed/${call}`, { confirm_token })).json()) as {
    bulk: { bulk_id: string };
  };
  return bulk.bulk_id;
}

/** Those that only a fault, a flood or a full disk brings about; what they say has tests of its own. */
const UNPROVOKED: readonly string[] = [
  ...['internal', 'ledger_unavailable', 'search_too_broad', 'storage_full', 'storage_unavailable'],
  ...['request_timeout', 'rate_limited', 'issuer_unavailable'],
];

/** How each refusal comes about. */
const PROVOKED: Readonly<Partial<Record<ErrorCode, () => Promise<Response>>>> = {
  invalid_argument: () => http.current.fetch('/queue?user_id=0'),
  unknown_argument: () => http.current.fetch('/queue?user=1'),
  malformed_request: () => post('/jobs', '{'),
  unsupported_media_type: () => post('/jobs', '{}', { 'content-type': 'text/plain' }),
  body_too_large: () => post('/jobs', JSON.stringify({ reason: 'x'.repeat(17_000) })),
  job_not_found: () => http.current.fetch('/jobs/ocr-2000000000'),
  forbidden: () => http.current.fetch('/queue', { headers: { origin: 'https://example.com' } }),
  bulk_not_found: () => http.current.fetch('/bulks/bulk-1'),
  async bulk_active() {
    const bulk_id = await bulkOf('clear');
    await http.current.db.query('update pantry_queue.bulks set ended_at = null where bulk_id = $1', [bulk_id]);
    return json('/jobs/failed/restore', { bulk_id });
  },
  not_restorable: async () => json('/jobs/failed/restore', { bulk_id: await bulkOf('redrive') }),
  async restore_expired() {
    const bulk_id = await bulkOf('clear');
    const old = `update pantry_queue.bulks set created_at = created_at - interval '2 days' where bulk_id = $1`;
    await http.current.db.query(old, [bulk_id]);
    return json('/jobs/failed/restore', { bulk_id });
  },
  confirm_invalid: () => json('/jobs/failed/clear', { confirm_token: 'x' }),
  async confirm_expired() {
    const preview = await json('/jobs/failed/clear', {});
    const { confirm_token } = (await preview.json()) as { confirm_token: string };
    // Restored from a dump meanwhile: what the preview saw means nothing any more.
    await http.current.db.query(
      `insert into pantry_queue.epochs select (jsonb_populate_record(e, jsonb_build_object('epoch', e.epoch + 1))).*
       from pantry_queue.epochs e order by e.epoch desc limit 1`,
    );
    return json('/jobs/failed/clear', { confirm_token });
  },
  ...subscriptionRefusals(() => http.current),
  ...keyRefusals(() => http.current),
  task_not_found: () => http.current.fetch('/tasks/t1.e30.x'),
  batch_not_found: () => http.current.fetch('/batches/batch-1'),
  cursor_expired: async () => {
    const cursors = createCursors(await readLedgerId(http.current.db));
    // Of a moment that a restore has taken back.
    const cursor = cursors.write({ epoch: 99, xid: 1n, id: 1 }, null);
    return json('/jobs/wait', { job_ids: ['ocr-17'], cursor });
  },
  receipt_not_found: () => http.current.fetch('/receipts/2000000000'),
  async image_missing() {
    const [id] = await addReceipts(http.current.db, 1);
    await http.current.db.query(`update public.receipts set image_path = '' where id = $1`, [id]);
    return json('/jobs', { receipt_id: id });
  },
  async idempotency_conflict() {
    const [id] = await addReceipts(http.current.db, 1);
    return json('/jobs', { receipt_id: id, image_path: 'minio://receipts/b.jpg' });
  },
  async job_active() {
    const { subject } = await waiting(http.current.db);
    return json('/jobs', { receipt_id: subject, force: true });
  },
  async dependency_circle() {
    const { subject, jobId } = await waiting(http.current.db);
    return json('/jobs', { receipt_id: subject, after: [jobId] });
  },
  async dependency_failed() {
    const { jobId } = await ended(waiting)(http.current.db);
    const [id] = await addReceipts(http.current.db, 1);
    return json('/jobs', { receipt_id: id, after: [jobId] });
  },
  async queue_full() {
    const receipt_ids = await addReceipts(http.current.db, 3, 77);
    await http.current.queue.setCap({ user_id: 77, queued: 2 }, asOwner);
    await json('/jobs/batch', { receipt_ids: receipt_ids.slice(0, 2) });
    return json('/jobs', { receipt_id: receipt_ids[2] });
  },
  not_retryable: async () => json(`/jobs/${(await waiting(http.current.db)).jobId}/retry`, {}),
  not_waiting: async () => json(`/jobs/${(await admitted(http.current.db)).jobId}/priority`, { priority: 'high' }),
  not_cancellable: async () => json(`/jobs/${(await finished(http.current.db)).jobId}/cancel`, {}),
  async job_expired() {
    const { subject, jobId } = await finished(http.current.db);
    await http.current.db.query('update pantry_queue.jobs set expired_at = now() where subject = $1', [subject]);
    return http.current.fetch(`/jobs/${jobId}`);
  },
  async receipt_deleted() {
    const { subject, jobId } = await finished(http.current.db);
    await http.current.fetch(`/receipts/${subject}`, { method: 'DELETE' });
    return http.current.fetch(`/jobs/${jobId}/result`);
  },
  ...reviewRefusals(() => http.current),
  async receipt_in_use() {
    const [id] = await addReceipts(http.current.db, 1);
    await http.current.db.query(
      'create table public.expenses as select id as receipt_id from public.receipts where id = $1',
      [id],
    );
    await http.current.db.query(
      'alter table public.expenses add foreign key (receipt_id) references public.receipts (id)',
    );
    return http.current.fetch(`/receipts/${id}`, { method: 'DELETE' });
  },
  not_found: () => upload(receiptPhoto, '/uploads/x'),
  async upload_address_gone() {
    const { path } = await http.current.queue.createUpload({}, asOwner);
    await upload(newPhoto(), path);
    return upload(newPhoto(), path);
  },
  unsupported_image: () => upload(Buffer.from('hello')),
  image_unreadable: () => upload(Buffer.alloc(0)),
  image_too_large: () => upload(Buffer.alloc(21 * 1024 * 1024, receiptPhoto)),
  batch_empty: () => json('/jobs/batch', { receipt_ids: [] }),
  batch_too_large: () => json('/jobs/batch', { receipt_ids: Array(10_001).fill(17) }),
  batch_length_mismatch: () => json('/jobs/batch', { receipt_ids: [1, 2], image_paths: ['minio://receipts/a.jpg'] }),
};

/** Numbers and images are those of the call. */
function shapeOf(problem: Record<string, unknown>): unknown {
  const { code, title, status, detail, hint, retryable, errors } = problem;
  const words = JSON.stringify([detail, hint, errors])
    .replace(/bulk-[0-9a-f-]{36}/g, 'bulk-#')
    .replace(/pq_[0-9a-f]{12}/g, 'pq_#')
    .replace(/\d+/g, '#')
    .replace(/minio:[^ ,"]+/g, 'minio:…');
  return { code, title, status, retryable, words };
}

describe('the example of a refusal', () => {
  it.each(Object.keys(PROVOKED) as ErrorCode[])('[H3] is what the server really answers: %s', async (code) => {
    const real = await problemOf(await (PROVOKED[code] as () => Promise<Response>)());
    expect(shapeOf(real)).toEqual(shapeOf(exampleOf(code)));
    expect(faultsIn(real, problemSchema)).toEqual([]);
  });

  it('[H3] stands nowhere without having been seen', () => {
    const all = Object.keys(document.components.examples ?? {});
    expect(all.sort()).toEqual([...Object.keys(PROVOKED), ...UNPROVOKED].sort());
  });

  it('[H3] is what our own faults and a database that is away are answered with', () => {
    expect(exampleOf('internal')).toMatchObject({ detail: toAppError(new Error('any')).message });
    const refused = mapDatabaseError(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })) as Error;
    expect(exampleOf('ledger_unavailable')).toMatchObject({ detail: refused.message });
  });
});
