import { beforeAll, describe, expect, it } from 'vitest';
import { tools } from '../../mcp/tools/index.ts';
import { takesBody } from '../../src/contract/operation.ts';
import { type OperationKey, operations } from '../../src/contract/operations.ts';
import { createKeyPrincipal } from '../../src/http/principal.ts';
import { createAuthenticate } from '../../src/queue/access/authenticate.ts';
import { useHttpQueue } from './support/http-queue.ts';
import {
  addOwnReceipts,
  argumentsOf,
  CALLERS,
  CASES,
  type Case,
  contextOf,
  giveOwner,
  OWNER,
  type Owned,
  STRANGER_NAMES,
  type Stranger,
  UNKNOWN,
  type Values,
} from './support/strangers.ts';

const http = useHttpQueue((db) => ({ principalOf: createKeyPrincipal(createAuthenticate({ db })) }));

const keys = new Map<string, string>();
/** A receipt of each caller's own. */
let mine: ReadonlyMap<string, number> = new Map();
/** What each stranger was told before the owner had anything. */
const toldBefore = new Map<Stranger, readonly (readonly [string, string])[]>();
let owned: Owned = { of: () => ({}) };

beforeAll(async () => {
  for (const [name, who] of Object.entries(CALLERS)) {
    const asked = { name: 'isolation', scopes: [...who.scopes] };
    keys.set(name, (await http.current.queue.createKey(asked, contextOf(who))).key);
  }
  mine = await addOwnReceipts(http.current);
  for (const name of STRANGER_NAMES) toldBefore.set(name, await toldWithoutIds(name));
  owned = await giveOwner(http.current);
});

/** Everything that one answer shows, without what is another at each call or for each id. */
async function shownBy(response: Response): Promise<string> {
  const headers = [...response.headers].filter(([name]) => !['date', 'x-request-id', 'content-length'].includes(name));
  const body = (await response.text())
    .replace(/"instance":"[^"]*"/g, '"instance":""')
    .replace(/"confirm_token":"[^"]*"/g, '"confirm_token":""')
    // The feed moves on between two calls: its place may differ, but not how long it is.
    .replace(/(\\?"cursor\\?":\\?")([^"\\]+)/g, (_, name: string, place: string) => `${name}${place.length}`)
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

describe.each(STRANGER_NAMES)('[S1] [S3] [I9] %s', (stranger) => {
  it.each(CASES)('is answered about the owner’s $field by $key as about an unknown one', async ({ key, field }) => {
    const answers = await Promise.all(
      [owned.of(key), UNKNOWN].map(async (values) => {
        const response = await overHttp(stranger, key, argumentsOf(mine.get(stranger), { key, field }, values));
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
      [owned.of(''), UNKNOWN].map(async (values) =>
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
      [owned.of(''), UNKNOWN].map(async (values) => {
        const response = await overMcp(stranger, 'resources/read', { uri: uriOf(values[field]) });
        return withoutIds(await shownBy(response), values, field);
      }),
    );
    expect(answers[0]).toBe(answers[1]);
  });

  it.each(['image', 'image?form=stored', 'image?region=0,0,1,0.5', 'view'])(
    'is answered so by the %s of a receipt',
    async (part) => {
      const answers = await Promise.all(
        [owned.of(''), UNKNOWN].map(async (values) => {
          const response = await http.current.fetch(`/receipts/${values.receipt_id}/${part}`, {
            headers: bearer(stranger),
          });
          return withoutIds(await shownBy(response), values, 'receipt_id');
        }),
      );
      expect(answers[0]).toBe(answers[1]);
    },
  );

  it('is answered about the owner’s cursors and confirm tokens as about ones that were changed', async () => {
    const asked = { user_id: 7, limit: 1 };
    const { next_cursor: cursor } = await http.current.queue.findJobs(asked, contextOf(OWNER));
    const { confirm_token: token } = await http.current.queue.clearFailedJobs({ user_id: 7 }, contextOf(OWNER));
    for (const sealed of [cursor ?? '', token ?? '']) {
      const changed = `${sealed.slice(0, -2)}${sealed.at(-2) === 'A' ? 'B' : 'A'}${sealed.slice(-1)}`;
      const answers = await Promise.all(
        [sealed, changed].map(async (text) => {
          const values = sealed === cursor ? { limit: 1, cursor: text } : { confirm_token: text };
          const response = await overHttp(stranger, sealed === cursor ? 'findJobs' : 'clearFailedJobs', values);
          return (await shownBy(response)).replaceAll(text, 'SEALED');
        }),
      );
      expect(answers[0]).toBe(answers[1]);
      expect(answers[0]).toMatch(/cursor|confirm/);
    }
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
      const response = await overHttp('owner', key, argumentsOf(mine.get('owner'), { key, field }, values));
      return withoutIds(await shownBy(response), values, field);
    };
    if ((await answer(UNKNOWN)) === (await answer(owned.of(key)))) alike.push(`${key} ${field}`);
  }
  expect(alike).toEqual([]);
});
