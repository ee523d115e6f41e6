import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KEY_SCOPES, type KeyScope } from '../../src/contract/access-policies.ts';
import type { AuditEntry } from '../../src/contract/audit.ts';
import { LIMITS } from '../../src/contract/policies.ts';
import type { CallContext } from '../../src/contract/principal.ts';
import type { InputOf } from '../../src/contract/queue-api.ts';
import { addAudit } from '../support/audit.ts';
import { createInstallation, type Installation } from '../support/installation.ts';

let queue: Installation;
beforeAll(async () => {
  queue = await createInstallation();
  await addAudit(queue.db, ENTRIES);
});
afterAll(() => queue?.dispose());

const by = (user: number, scopes: readonly KeyScope[] = KEY_SCOPES, tenant = 'default'): CallContext => ({
  principal: { tenant, user, scopes: new Set(scopes) },
});
const WITHOUT_ACTING = KEY_SCOPES.filter((scope) => scope !== 'act_as');

/** In the order of the chain, which is not that of the calls. */
const ENTRIES: readonly Partial<AuditEntry>[] = [
  { user_id: 1, at: '2026-11-03T10:00:00Z', operation: 'pause_queue', subjects: {}, key_id: 'pq_1' },
  { user_id: 2, at: '2026-11-03T12:00:00Z', operation: 'cancel_job', subjects: { job_id: 'ocr-17' }, key_id: 'pq_2' },
  {
    user_id: 1,
    at: '2026-11-03T11:00:00Z',
    operation: 'cancel_job',
    subjects: { job_id: 'ocr-18' },
    outcome: 'job_not_found',
  },
  { user_id: 2, at: '2026-11-03T13:00:00Z', operation: 'enqueue_batch_ocr', subjects: { receipt_ids: [17, 18] } },
  { user_id: 2, at: '2026-11-03T14:00:00Z', operation: 'get_receipt', subjects: { receipt_id: 17 }, for_user: 1 },
  { user_id: 9, at: '2026-11-03T15:00:00Z', operation: 'cancel_job', subjects: { receipt_id: 17 }, tenant_id: 'acme' },
];

const hours = async (input: InputOf<'listAudit'>, context = by(1)) =>
  (await queue.queue.listAudit(input, context)).entries.map(({ at }) => Number(at.slice(11, 13)));

describe('[S7] the list of the audit', { timeout: 120_000 }, () => {
  it.each<[string, InputOf<'listAudit'>, readonly number[]]>([
    ['nothing', {}, [14, 13, 12, 11, 10]],
    ['who', { user_id: 2 }, [14, 13, 12]],
    ['with which key', { key_id: 'pq_1' }, [10]],
    ['what', { operation: 'cancel_job' }, [12, 11]],
    ['what came of it', { outcome: 'job_not_found' }, [11]],
    ['about which receipt, alone or of a list', { subject: '17' }, [14, 13]],
    ['about which job', { subject: 'ocr-17' }, [12]],
    ['about what nobody has named', { subject: '0017' }, []],
    ['from when', { from: '2026-11-03T12:00:00Z' }, [14, 13, 12]],
    ['until when', { to: '2026-11-03T12:00:00Z' }, [11, 10]],
    ['several of these', { user_id: 2, operation: 'cancel_job', from: '2026-11-03T11:30:00Z' }, [12]],
  ])('[S7] is newest first, chosen by %s', async (_, filter, expected) => {
    expect(await hours(filter)).toEqual(expected);
  });

  it('[S7] [S3] shows a tenant its own entries alone, and who may not act for others their own', async () => {
    expect(await hours({}, by(9, KEY_SCOPES, 'acme'))).toEqual([15]);
    expect(await hours({}, by(1, WITHOUT_ACTING))).toEqual([11, 10]);
    await expect(hours({ user_id: 2 }, by(1, WITHOUT_ACTING))).rejects.toMatchObject({ code: 'forbidden' });
    await expect(hours({}, by(1, ['jobs:read', 'jobs:write']))).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('[S7] gives each entry once, page by page, also those of one moment', async () => {
    const at = '2026-11-02T08:00:00.123Z';
    await addAudit(
      queue.db,
      Array.from({ length: 7 }, (_, nth) => ({ user_id: 50, at, subjects: { receipt_id: nth } })),
    );
    const seen: unknown[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < 10; page++) {
      const { entries, next_cursor } = await queue.queue.listAudit({ user_id: 50, limit: 2, cursor }, by(1));
      seen.push(...entries.flatMap(({ subjects }) => subjects.map(({ id }) => Number(id))));
      if (next_cursor === null) break;
      cursor = next_cursor;
    }
    expect(seen).toEqual([6, 5, 4, 3, 2, 1, 0]);
  });

  it('[S7] goes on behind what a page has looked at, however much of it does not fit', async () => {
    await queue.db.query(
      `insert into pantry_queue.audit (entry_no, at, tenant_id, user_id, door, by_assistant, operation, subjects, outcome, hash)
       select 1000000 + n, timestamptz '2026-10-01' + n * interval '1 second', 'wide', case n when 1 then 7 else 8 end, 'http',
         false, 'cancel_job', '{}', 'ok', '' from generate_series(1, $1::int) n`,
      [LIMITS.searchedRows + 10],
    );
    const context = by(1, KEY_SCOPES, 'wide');
    const first = await queue.queue.listAudit({ user_id: 7 }, context);
    expect([first.entries.length, typeof first.next_cursor]).toEqual([0, 'string']);
    const second = await queue.queue.listAudit({ user_id: 7, cursor: first.next_cursor ?? '' }, context);
    expect([second.entries.map(({ user_id }) => user_id), second.next_cursor]).toEqual([[7], null]);
  });
});
