import { KEY_SCOPES, type KeyScope } from '../../../src/contract/access-policies.ts';
import { type OperationKey, operations } from '../../../src/contract/operations.ts';
import type { CallContext } from '../../../src/contract/principal.ts';
import { insertReceipt } from '../../../src/jobs/ocr/new-receipt.ts';
import { addAudit } from '../../support/audit.ts';
import { addReceipts } from '../../support/db.ts';
import { failedBy } from '../../support/job-states.ts';
import type { HttpQueue } from './http-queue.ts';

const EVERYTHING: readonly KeyScope[] = KEY_SCOPES;
export const OWNER = { tenant: 'default', user: 7, scopes: EVERYTHING };
/** Who must not learn of anything that the owner has. */
export const STRANGERS = {
  'a caller of another tenant with all scopes': { tenant: 'acme', user: 7, scopes: EVERYTHING },
  'another user of the tenant without act_as': {
    tenant: 'default',
    user: 8,
    scopes: EVERYTHING.filter((scope) => scope !== 'act_as'),
  },
} as const;
export type Stranger = keyof typeof STRANGERS;
export const STRANGER_NAMES = Object.keys(STRANGERS) as readonly Stranger[];
export const CALLERS = { owner: OWNER, ...STRANGERS };

export const contextOf = ({
  scopes,
  ...who
}: {
  tenant: string;
  user: number;
  scopes: readonly KeyScope[];
}): CallContext => ({ principal: { ...who, scopes: new Set(scopes) } });
const asOwner = contextOf(OWNER);

export type Values = Readonly<Record<string, unknown>>;

/** What there is not, by the argument that names it. */
export const UNKNOWN: Values = {
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
  subject: `ocr-${2 ** 40}`,
};

export interface Owned {
  /** Where an operation is about something else of the owner's, that. */
  of(operation: string): Values;
}

/** A receipt of each caller's own. */
export async function addOwnReceipts({ db }: HttpQueue): Promise<ReadonlyMap<string, number>> {
  const mine = new Map<string, number>();
  for (const [name, who] of Object.entries(CALLERS)) {
    const asked = { tenant: who.tenant, userId: who.user, imagePath: `minio://receipts/${name}.jpg` };
    const made = { ...asked, purchaseDate: undefined, sha256: name, bytes: 1, allowDuplicate: true };
    mine.set(name, (await insertReceipt(db.as(who.tenant), made)).receiptId);
  }
  return mine;
}

/** Gives the owner something of everything that has an id. */
export async function giveOwner({ db, queue }: HttpQueue): Promise<Owned> {
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
  await addAudit(db, [{ user_id: 7, key_id, subjects: { job_id: `ocr-${waiting}` } }]);
  await queue.setCap({ user_id: 7, queued: 500 }, asOwner);
  await queue.setBudget({ amount: '25.00', currency: 'USD', period: 'day', user_id: 7 }, asOwner);
  const owned: Values = {
    ...{ receipt_id: waiting, receipt_ids: [waiting], job_id: `ocr-${waiting}`, job_ids: [`ocr-${waiting}`] },
    ...{ after: [`ocr-${waiting}`], batch_id, bulk_id: bulk?.bulk_id, task_id, webhook_id, key_id },
    ...{ schedule: 'nightly', name: 'nightly', subject: `ocr-${waiting}` },
  };
  const elsewhere: Readonly<Record<string, Values>> = {
    redriveFailedJobs: { receipt_id: failed },
    clearFailedJobs: { receipt_id: failed },
  };
  return { of: (operation) => ({ ...owned, ...elsewhere[operation] }) };
}

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

export interface Case {
  readonly key: OperationKey;
  readonly field: string;
}
export const CASES: readonly Case[] = (Object.keys(operations) as OperationKey[]).flatMap((key) =>
  Object.keys(operations[key].input.shape)
    .filter((field) => Object.hasOwn(UNKNOWN, field) && !(field === 'name' && NAMES_ANEW.has(key)))
    .map((field) => ({ key, field })),
);

/** @param own the caller's own receipt */
export function argumentsOf(own: number | undefined, { key, field }: Case, values: Values): Values {
  const others = { enqueueOcr: { receipt_id: own }, enqueueBatchOcr: { receipt_ids: [own] } };
  return { ...MORE[key], ...(field === 'after' ? Reflect.get(others, key) : {}), [field]: values[field] };
}
