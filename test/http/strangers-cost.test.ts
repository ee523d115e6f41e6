import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callByKey } from '../../src/contract/queue-api.ts';
import { type StatementCosts, statementCosts } from '../support/statement-costs.ts';
import { useHttpQueue } from './support/http-queue.ts';
import {
  addOwnReceipts,
  argumentsOf,
  CASES,
  type Case,
  contextOf,
  giveOwner,
  OWNER,
  type Owned,
  STRANGER_NAMES,
  STRANGERS,
  type Stranger,
  UNKNOWN,
  type Values,
} from './support/strangers.ts';

const http = useHttpQueue();

/**
 * How many rows more the database may read about what is somebody else's than about what there is not, of each thing that
 * is named: an index leads to a row before its owner is asked, and it is left there.
 */
const ROWS_LEFT = 2;
/** Where it is more, and why. */
const MORE_LEFT: Readonly<Record<string, { readonly rows: number; readonly because: string }>> = {
  enqueueOcr: { rows: 5, because: 'a receipt is the application’s: its row, ours and its latest job are read first' },
  enqueueBatchOcr: { rows: 5, because: 'as for one' },
  estimateBatchOcr: { rows: 5, because: 'as for one' },
  ...Object.fromEntries(
    ['findJobs', 'cancelJobs', 'clearFailedJobs', 'redriveFailedJobs'].map((key) => [
      key,
      {
        rows: 20,
        because: 'of a batch of the tenant each member is looked at, as a batch may hold jobs of several users',
      },
    ]),
  ),
};

let mine: ReadonlyMap<string, number> = new Map();
let owned: Owned = { of: () => ({}) };
let costs: StatementCosts | undefined;
beforeAll(async () => {
  mine = await addOwnReceipts(http.current);
  owned = await giveOwner(http.current);
  costs = statementCosts();
});
afterAll(() => costs?.restore());

const call = (stranger: Stranger, each: Case, values: Values) =>
  callByKey(
    http.current.queue,
    each.key,
    argumentsOf(mine.get(stranger), each, values),
    contextOf(STRANGERS[stranger]),
  );

describe.each(STRANGER_NAMES)('[S1] [S3] [I9] for %s', (stranger) => {
  it.each(CASES)('$key about the owner’s $field costs what it costs about an unknown one', async (each) => {
    const values = [owned.of(each.key), UNKNOWN];
    // What a process remembers of itself, it remembers from here on.
    for (const value of values) await call(stranger, each, value).catch(() => {});
    const [others = [], unknown = []] = [
      await costs?.of(() => call(stranger, each, values[0] ?? {})),
      await costs?.of(() => call(stranger, each, values[1] ?? {})),
    ];
    const sent = (list: typeof others) => list.map(({ text, returned }) => [text, returned]);
    expect(sent(others)).toEqual(sent(unknown));
    const more = others.reduce((sum, { read }, at) => sum + Math.abs(read - (unknown[at]?.read ?? 0)), 0);
    expect(more).toBeLessThanOrEqual(MORE_LEFT[each.key]?.rows ?? ROWS_LEFT);
  });
});

it('[S1] of what is one’s own another count is seen, so that the counts above prove something', async () => {
  const own = contextOf(OWNER);
  const alike: string[] = [];
  for (const each of CASES.filter(({ key }) => /^(get|explain|list|find)/.test(key))) {
    const sent = async (values: Values) =>
      await costs?.of(() => callByKey(http.current.queue, each.key, argumentsOf(undefined, each, values), own));
    for (const values of [owned.of(each.key), UNKNOWN]) await sent(values);
    const [ours, unknown] = [await sent(owned.of(each.key)), await sent(UNKNOWN)];
    if (JSON.stringify(ours) === JSON.stringify(unknown)) alike.push(each.key);
  }
  expect(alike).toEqual([]);
});
