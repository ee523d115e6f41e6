import { describe, expect, it } from 'vitest';
import { KEY_SCOPES } from '../../../src/contract/access-policies.ts';
import { addAudit } from '../../support/audit.ts';
import { asOwner } from '../../support/owner.ts';
import { errorOf, type Subject } from './subject.ts';

/** Who may call. */
export function keySuite(subject: () => Subject): void {
  const queue = () => subject().queue;

  describe('keys', () => {
    it('[S4] are made, listed, rotated and revoked', async () => {
      const { key, ...made } = await queue().createKey({ name: 'suite', user_id: 831, scopes: ['jobs:read'] }, asOwner);
      expect(key).toContain(made.key_id);
      expect((await queue().listKeys({ user_id: 831 }, asOwner)).keys).toEqual([made]);
      const { key_id } = made;
      const { key: next, replaces, ...rotated } = await queue().rotateKey({ key_id }, asOwner);
      expect([replaces, next === key, rotated.name]).toEqual([key_id, false, 'suite']);
      const revoked = await queue().revokeKey({ key_id }, asOwner);
      expect(revoked).toMatchObject({ key_id, status: 'revoked' });
      const listed = (await queue().listKeys({ user_id: 831 }, asOwner)).keys;
      expect(listed.map(({ key_id: id, status }) => [id, status])).toEqual([
        [key_id, 'revoked'],
        [rotated.key_id, 'active'],
      ]);
    });

    it('[S4] are refused a name that is taken, a name that is none, and an id that there is not', async () => {
      await queue().createKey({ name: 'taken', user_id: 832 }, asOwner);
      const again = queue().createKey({ name: 'taken', user_id: 832 }, asOwner);
      expect(await errorOf(again)).toMatchObject({ code: 'key_exists', pointers: ['/name'] });
      const unnamed = queue().createKey({ name: 'a b' }, asOwner);
      expect(await errorOf(unnamed)).toMatchObject({ code: 'invalid_argument', pointers: ['/name'] });
      const unknown = queue().revokeKey({ key_id: 'pq_0' }, asOwner);
      expect(await errorOf(unknown)).toMatchObject({ code: 'key_not_found' });
    });
  });

  describe('listAudit', () => {
    it('[S7] gives the entries of a user, newest first, by what was done and to what', async () => {
      const entry = { user_id: 833, key_id: 'pq_0123456789ab', request_id: 'request-1' };
      await addAudit(subject().db, [
        { ...entry, at: '2026-11-03T12:00:00.000Z', subjects: { receipt_ids: [17, 18], job_id: 'ocr-17' } },
        { ...entry, at: '2026-11-04T12:00:00.000Z', operation: 'retry_job', outcome: 'job_not_found', subjects: {} },
      ]);
      const list = (filter: object) => queue().listAudit({ user_id: 833, ...filter }, asOwner);
      const { entries, next_cursor } = await list({ limit: 1 });
      expect(entries).toMatchObject([{ ...entry, operation: 'retry_job', outcome: 'job_not_found', door: 'http' }]);
      const rest = await list({ limit: 1, cursor: next_cursor ?? '' });
      expect(rest).toMatchObject({
        entries: [{ subjects: expect.arrayContaining([{ what: 'receipt', id: '18' }]) as unknown }],
        next_cursor: null,
      });
      expect((await list({ subject: '18', operation: 'cancel_job' })).entries).toEqual(rest.entries);
      expect((await list({ from: '2026-11-05T00:00:00Z' })).entries).toEqual([]);
    });
  });

  describe('whoami', () => {
    it('[S4] names tenant, user and scopes of the caller, and that no key is asked for', async () => {
      expect(await queue().whoami({}, asOwner)).toEqual({
        ...{ tenant: 'default', user_id: asOwner.principal.user, key_required: false, credential: 'none' },
        scopes: KEY_SCOPES.filter((scope) => asOwner.principal.scopes.has(scope)),
        ...{ key_id: null, expires_at: null, temporal_ui: null },
      });
    });
  });
}
