import { describe, expect, it } from 'vitest';
import type { Principal } from '../../src/contract/principal.ts';
import { readConfirmKey } from '../../src/ledger/access/confirm-key.ts';
import { openConfirm, sealConfirm } from '../../src/queue/confirm-tokens.ts';
import { as, asUser, failed } from '../support/failed-jobs.ts';
import { useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';

const bench = useGate();

async function previewed(filter: { error_code?: string; user_id?: number } = {}, who = asOwner): Promise<string> {
  await failed(bench.db, 1);
  return (await bench.queue.clearFailedJobs(filter, who)).confirm_token ?? '';
}
const confirm = (confirm_token: string, who = asOwner, more: object = {}) =>
  bench.queue.clearFailedJobs({ ...more, confirm_token }, who);
const refusal = (field: string, code: string) => ({
  code: 'confirm_invalid',
  fields: [{ pointer: `/${field}`, code }],
});

async function opened(token: string) {
  const { key } = await readConfirmKey(bench.db);
  return { key, promised: openConfirm(key, 'clear_failed_jobs', asOwner.principal, token) };
}
const nobody = async () => expect(await bench.db.query('select from pantry_queue.bulks')).toEqual([]);

describe('[Q6] a confirm_token', () => {
  it('is refused when it was made up, and wherever one sign of it was changed', async () => {
    const token = await previewed();
    for (const made of ['yes', 'true', 'c1.e30.abc', token.slice(0, -1), `${token}x`]) {
      await expect(confirm(made)).rejects.toMatchObject({ code: 'confirm_invalid' });
    }
    await expect(confirm(token.replace(/^c1/, 'c2'))).rejects.toMatchObject(refusal('confirm_token', 'version'));
    for (let at = 3; at < token.length; at += 7) {
      const changed = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
      await expect(confirm(changed)).rejects.toMatchObject({ code: 'confirm_invalid' });
    }
    await nobody();
  });

  it('that others were given is answered like one that was made up', async () => {
    const token = await previewed();
    const madeUp = await confirm('c1.e30.abc').catch((error: Error) => error.message);
    const others: { principal: Principal }[] = [as({ user: 2 }), as({ tenant: 'elsewhere' }), asUser(2)];
    for (const who of others) {
      const error = await confirm(token, who).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ ...refusal('confirm_token', 'foreign'), message: madeUp });
    }
    await nobody();
  });

  it('of a preview of all users is refused once its caller may act for one only', async () => {
    await expect(confirm(await previewed(), asUser(1))).rejects.toMatchObject(refusal('confirm_token', 'foreign'));
    expect(await confirm(await previewed({ user_id: 1 }), asUser(1))).toMatchObject({ bulk: { state: 'ended' } });
    await bench.db.query('delete from pantry_queue.bulks');
  });

  it('of another call is refused, and both are named', async () => {
    const confirm_token = await previewed();
    for (const call of ['redriveFailedJobs', 'cancelJobs'] as const) {
      await expect(bench.queue[call]({ confirm_token }, asOwner)).rejects.toMatchObject(
        refusal('confirm_token', 'operation'),
      );
    }
    await nobody();
  });

  it('comes alone, or with what its preview was asked for', async () => {
    const token = await previewed({ error_code: 'agent_rejected' });
    for (const [name, value] of [
      ['error_code', 'gave_up'],
      ['user_id', 1],
    ] as const) {
      await expect(confirm(token, asOwner, { [name]: value })).rejects.toMatchObject(refusal(name, 'changed'));
    }
    await nobody();
    expect(await confirm(token, asOwner, { error_code: 'agent_rejected' })).toMatchObject({ bulk: { state: 'ended' } });
    await bench.db.query('delete from pantry_queue.bulks');
  });

  it('counts for ten minutes of the ledger’s clock, and no longer', async () => {
    const { key, promised } = await opened(await previewed());
    const { now } = await readConfirmKey(bench.db);
    expect(Math.round((promised.expiresAt - now.getTime()) / 60_000)).toBe(10);
    const late = sealConfirm(key, asOwner.principal, { ...promised, expiresAt: now.getTime() });
    await expect(confirm(late)).rejects.toMatchObject({ code: 'confirm_expired' });
    await nobody();
  });

  it('that has acted answers with its bulk also when it is too old', async () => {
    const token = await previewed();
    const { key, promised } = await opened(token);
    const { bulk } = await confirm(token);
    const late = sealConfirm(key, asOwner.principal, { ...promised, expiresAt: 0 });
    expect(await confirm(late)).toMatchObject({ bulk: { bulk_id: bulk?.bulk_id } });
    await bench.db.query('delete from pantry_queue.bulks');
  });

  it('of a ledger that was restored into another cluster has expired: its snapshot means nothing there', async () => {
    const { key, promised } = await opened(await previewed());
    const { epoch } = promised.seen;
    const moved = sealConfirm(key, asOwner.principal, { ...promised, seen: { ...promised.seen, epoch: epoch - 1 } });
    await expect(confirm(moved)).rejects.toMatchObject({ code: 'confirm_expired' });
    await nobody();
  });

  it('is signed with a key that no door shows and no other ledger has', async () => {
    const { key } = await readConfirmKey(bench.db);
    expect(key.length).toBe(32);
    const token = await previewed();
    expect(Buffer.from(token.split('.')[1] ?? '', 'base64url').includes(Buffer.from(key))).toBe(false);
    expect(sealConfirm(Buffer.alloc(32, 7), asOwner.principal, (await opened(token)).promised)).not.toBe(token);
  });
});
