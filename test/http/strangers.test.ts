import { beforeAll, describe, expect, it } from 'vitest';
import { tools } from '../../mcp/tools/index.ts';
import { KEY_SCOPES, type KeyScope } from '../../src/contract/access-policies.ts';
import { takesBody } from '../../src/contract/operation.ts';
import { type OperationKey, operations } from '../../src/contract/operations.ts';
import { createKeyPrincipal } from '../../src/http/principal.ts';
import { insertReceipt } from '../../src/jobs/ocr/new-receipt.ts';
import { createAuthenticate } from '../../src/queue/access/authenticate.ts';
import { addReceipts } from '../support/db.ts';
import { failedBy } from '../support/job-states.ts';
import { useHttpQueue } from './support/http-queue.ts';

const http = useHttpQueue((db) => ({ principalOf: createKeyPrincipal(createAuthenticate({ db })) }));

const EVERYTHING: readonly KeyScope[] = KEY_SCOPES;
const OWNER = { tenant: 'default', user: 7, scopes: EVERYTHING };
/** Who must not learn of anything that the owner has. */
const STRANGERS = {
  'a caller of another tenant with all scopes': { tenant: 'acme', user: 7, scopes: EVERYTHING },
  'another user of the tenant without act_as': {
    tenant: 'default',
    user: 8,
    scopes: EVERYTHING.filter((scope) => scope !== 'act_as'),
  },
} as const;
type Stranger = keyof typeof STRANGERS;

const contextOf = ({ scopes, ...who }: { tenant: string; user: number; scopes: readonly KeyScope[] }) => ({
  principal: { ...who, scopes: new Set(scopes) },
});
const asOwner = contextOf(OWNER);
async function keyOf(who: typeof OWNER): Promise<string> {
  const asked = { name: 'isolation', scopes: [...who.scopes] };
  return (await http.current.queue.createKey(asked, contextOf(who))).key;
}

type Values = Readonly<Record<string, unknown>>;

/** What the owner has, by the argument that names it. */
let owned: Values = {};
/** Where an operation is about something else of the owner's. */
let ownedBy: Readonly<Record<string, Values>> = {};
const ownedFor = (key: string): Values => ({ ...owned, ...ownedBy[key] });
/** The same of what there is not. */
const UNKNOWN: Values = {
  receipt_id: 2 ** 40,
  receipt_ids: [2 ** 40],
  job_id: `ocr-${2 ** 40}`,
  job_ids: [`ocr-${2 ** 40}`],
  after: [`ocr-${2 ** 40}`],
  batch_id: 'batch-00000000-0000-4000-8000-000000000000',
  bulk_id: 'bulk-00000000-0000-4000-8000-000000000000',
  task_id: 't1.e30.x',
  webhook_id: 'webhook-00000000-0000-4000-8000-000000000000',
  key_id: 'pq_000000000000',
  schedule: 'daily',
  name: 'daily',
};
const keys = new Map<string, string>();
/** A receipt of each caller's own. */
const mine = new Map<string, number>();
/** What each stranger was told before the owner had anything. */
const toldBefore = new Map<Stranger, readonly (readonly [string, string])[]>();

beforeAll(async () => {
  const { db, queue } = http.current;
  keys.set('owner', await keyOf(OWNER));
  for (const [name, who] of Object.entries(STRANGERS)) keys.set(name, await keyOf(who));
  for (const [name, who] of Object.entries({ owner: OWNER, ...STRANGERS })) {
    const asked = { tenant: who.tenant, userId: who.user, imagePath: `minio://receipts/${name}.jpg` };
    const made = { ...asked, purchaseDate: undefined, sha256: name, bytes: 1, allowDuplicate: true };
    mine.set(name, (await insertReceipt(db.as(who.tenant), made)).receiptId);
  }
  for (const name of Object.keys(STRANGERS) as Stranger[]) toldBefore.set(name, await toldWithoutIds(name));

  // A number that stands in no answer by chance.
  await db.query(`select setval('public.receipts_id_seq', 7654321)`);
  const [cleared = 0, failed = 0, waiting = 0, another = 0] = await addReceipts(db, 4, 7);
  const { batch_id } = await queue.enqueueBatchOcr({ receipt_ids: [cleared, failed, waiting, another] }, asOwner);
  await failedBy(db, cleared, 'agent_rejected');
  await queue.cancelJob({ job_id: `ocr-${another}` }, asOwner);
  const { confirm_token } = await queue.clearFailedJobs({ user_id: 7 }, asOwner);
  const { bulk } = await queue.clearFailedJobs({ confirm_token }, asOwner);
  await failedBy(db, failed, 'agent_rejected');
  const { task_id } = await queue.createTask({ job_id: `ocr-${waiting}` }, asOwner);
  await queue.createSchedule({ name: 'nightly', cron: '0 2 * * *' }, asOwner);
  await addReceipts(db, 1, 7);
  await queue.runScheduleNow({ name: 'nightly' }, asOwner);
  // All tenants share those.
  await db.query('delete from pantry_queue.workers');
  const asked = { url: 'https://hooks.example/owner', events: ['job.finished' as const] };
  const { webhook_id } = await queue.createWebhook(asked, asOwner);
  const { key_id } = await queue.createKey({ name: 'nightly' }, asOwner);
  await queue.setCap({ user_id: 7, queued: 500 }, asOwner);
  await queue.setBudget({ amount: '25.00', currency: 'USD', period: 'day', user_id: 7 }, asOwner);
  owned = {
    ...{ receipt_id: waiting, receipt_ids: [waiting], job_id: `ocr-${waiting}`, job_ids: [`ocr-${waiting}`] },
    ...{ after: [`ocr-${waiting}`], batch_id, bulk_id: bulk?.bulk_id, task_id, webhook_id, key_id },
    ...{ schedule: 'nightly', name: 'nightly' },
  };
  ownedBy = { redriveFailedJobs: { receipt_id: failed }, clearFailedJobs: { receipt_id: failed } };
});

/** Further arguments with which a call comes as far as what it is about. */
const MORE: Readonly<Record<string, Values>> = {
  setPriority: { priority: 'high' },
  updateReceipt: { merchant_name: 'Mine' },
  submitReview: { confirm: true },
  redeliverWebhook: { failed_since: '2026-01-01T00:00:00Z' },
  updateWebhook: { description: 'mine' },
  updateSchedule: { overlap: 'skip' },
  waitForJobs: { wait_seconds: 0 },
  backfillSchedule: { from: '2026-03-01T00:00:00Z', to: '2026-03-02T00:00:00Z' },
};
/** There the name is that of what is made. */
const NAMES_ANEW: ReadonlySet<string> = new Set(['createSchedule', 'createKey']);

interface Case {
  readonly key: OperationKey;
  readonly field: string;
}
const CASES: readonly Case[] = (Object.keys(operations) as OperationKey[]).flatMap((key) =>
  Object.keys(operations[key].input.shape)
    .filter((field) => Object.hasOwn(UNKNOWN, field) && !(field === 'name' && NAMES_ANEW.has(key)))
    .map((field) => ({ key, field })),
);

const argumentsOf = (who: string, { key, field }: Case, values: Values): Values => {
  const own = { enqueueOcr: { receipt_id: mine.get(who) }, enqueueBatchOcr: { receipt_ids: [mine.get(who)] } };
  return { ...MORE[key], ...(field === 'after' ? Reflect.get(own, key) : {}), [field]: values[field] };
};

/** Everything that one answer shows, without what is another at each call or for each id. */
async function shownBy(response: Response): Promise<string> {
  const headers = [...response.headers].filter(([name]) => !['date', 'x-request-id', 'content-length'].includes(name));
  const body = (await response.text())
    .replace(/"instance":"[^"]*"/g, '"instance":""')
    .replace(/"confirm_token":"[^"]*"/g, '"confirm_token":""')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replaceAll('"last_used_at":"TIME"', '"last_used_at":null');
  return JSON.stringify([response.status, headers, body]);
}

/** An answer without the id that was asked for. */
function withoutIds(shown: string, values: Values, field: string): string {
  const id = [values[field]].flat().join();
  const number = id.replace(/^ocr-/, '');
  return shown.replaceAll(id, 'ID').replaceAll(number, 'ID');
}

const bearer = (who: string) => ({ authorization: `Bearer ${keys.get(who)}` });
const JSON_TYPE = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

function overHttp(who: string, key: OperationKey, input: Values): Promise<Response> {
  const [method, pattern] = operations[key].http;
  const rest = new Map(Object.entries(input));
  const path = pattern.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = String(rest.get(name));
    rest.delete(name);
    return encodeURIComponent(value);
  });
  if (takesBody(method)) {
    const body = JSON.stringify(Object.fromEntries(rest));
    return http.current.fetch(path, { method, headers: { ...bearer(who), ...JSON_TYPE }, body });
  }
  const query = new URLSearchParams();
  for (const [name, value] of rest) for (const one of [value].flat()) query.append(name, String(one));
  return http.current.fetch(`${path}?${query}`, { method, headers: bearer(who) });
}

function overMcp(who: string, method: string, params: Values): Promise<Response> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
  return http.current.fetch('/mcp', { method: 'POST', headers: { ...bearer(who), ...JSON_TYPE }, body });
}
const callTool = (who: string, name: string, args: Values) => overMcp(who, 'tools/call', { name, arguments: args });

/** Every read, sum, preview and list that names nothing of anybody. */
async function toldWithoutIds(who: Stranger): Promise<readonly (readonly [string, string])[]> {
  const reads = (Object.keys(operations) as OperationKey[]).filter((key) => {
    const { effect, input, output } = operations[key];
    const isPreview = Object.hasOwn(output.shape, 'confirm_token');
    return (effect === 'read' || isPreview) && input.safeParse({}).success;
  });
  expect(reads.length).toBeGreaterThan(20);
  const told: [string, string][] = [];
  for (const key of reads) told.push([key, await shownBy(await overHttp(who, key, {}))]);
  for (const path of ['/receipts/export', '/receipts/ocr/queue-status', '/readyz']) {
    told.push([path, await shownBy(await http.current.fetch(path, { headers: bearer(who) }))]);
  }
  for (const { name, effect } of tools.filter((tool) => tool.effect === 'read')) {
    told.push([`tool ${name} (${effect})`, await shownBy(await callTool(who, name, {}))]);
  }
  told.push(['resources/list', await shownBy(await overMcp(who, 'resources/list', {}))]);
  return told;
}

describe.each(Object.keys(STRANGERS) as Stranger[])('[S1] [S3] [I9] %s', (stranger) => {
  it.each(CASES)('is answered about the owner’s $field by $key as about an unknown one', async ({ key, field }) => {
    const answers = await Promise.all(
      [ownedFor(key), UNKNOWN].map(async (values) => {
        const response = await overHttp(stranger, key, argumentsOf(stranger, { key, field }, values));
        return withoutIds(await shownBy(response), values, field);
      }),
    );
    expect(answers[0]).toBe(answers[1]);
  });

  const TOOL_CASES = tools.flatMap(({ name, input }) =>
    Object.keys(input.shape)
      .filter((field) => Object.hasOwn(UNKNOWN, field))
      .map((field) => ({ name, field })),
  );

  it.each(TOOL_CASES)('is answered so by the tool $name about $field', async ({ name, field }) => {
    const answers = await Promise.all(
      [owned, UNKNOWN].map(async (values) =>
        withoutIds(await shownBy(await callTool(stranger, name, { [field]: values[field] })), values, field),
      ),
    );
    expect(answers[0]).toBe(answers[1]);
  });

  it.each([
    ['receipt_id', (id: unknown) => `receipt://receipts/${id}`],
    ['job_id', (id: unknown) => `receipt://jobs/${id}`],
  ] as const)('is answered so by the resource of a %s', async (field, uriOf) => {
    const answers = await Promise.all(
      [owned, UNKNOWN].map(async (values) => {
        const response = await overMcp(stranger, 'resources/read', { uri: uriOf(values[field]) });
        return withoutIds(await shownBy(response), values, field);
      }),
    );
    expect(answers[0]).toBe(answers[1]);
  });

  it.each(['image', 'view'])('is answered so by the %s of a receipt', async (part) => {
    const answers = await Promise.all(
      [owned, UNKNOWN].map(async (values) => {
        const response = await http.current.fetch(`/receipts/${values.receipt_id}/${part}`, {
          headers: bearer(stranger),
        });
        return withoutIds(await shownBy(response), values, 'receipt_id');
      }),
    );
    expect(answers[0]).toBe(answers[1]);
  });

  it('is told by every list, count, sum, preview, tool and file what it was told before the owner had anything', async () => {
    expect(await toldWithoutIds(stranger)).toEqual(toldBefore.get(stranger));
  });
});

/** What changes nothing comes first. */
const ORDER = ['read', 'write', 'destroy'];
const placeOf = ({ key }: Case) =>
  Object.hasOwn(operations[key].output.shape, 'confirm_token') ? 0 : ORDER.indexOf(operations[key].effect);
const inOrder = [...CASES].sort((left, right) => placeOf(left) - placeOf(right));

it('each of these is answered to the owner otherwise than about an unknown one', async () => {
  const alike: string[] = [];
  for (const { key, field } of inOrder) {
    const answer = async (values: Values) => {
      const response = await overHttp('owner', key, argumentsOf('owner', { key, field }, values));
      return withoutIds(await shownBy(response), values, field);
    };
    if ((await answer(UNKNOWN)) === (await answer(ownedFor(key)))) alike.push(`${key} ${field}`);
  }
  expect(alike).toEqual([]);
});
