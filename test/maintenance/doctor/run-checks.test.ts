import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../../src/contract/errors.ts';
import { AppError } from '../../../src/contract/errors.ts';
import { EXIT } from '../../../src/contract/exit-codes.ts';
import { type Check, failed, fine } from '../../../src/maintenance/doctor/check.ts';
import { exitCodeOfReport } from '../../../src/maintenance/doctor/doctor.ts';
import { runChecks } from '../../../src/maintenance/doctor/run-checks.ts';
import { doctorText } from '../../../src/words/doctor.ts';

const check = (name: Check['name'], look: Check['look'], more: Partial<Check> = {}): Check => ({
  name,
  code: 'internal',
  limitMs: 5_000,
  look,
  ...more,
});
const run = (...checks: Check[]) => runChecks(checks, (text) => text);

describe('[H6] the looks of doctor', () => {
  it('stop nobody else: not one that throws, nor one that never ends', async () => {
    const found = await run(
      check('node', () => Promise.reject(new Error('ECANARY'))),
      check('ledger', () => Promise.reject(new AppError('ledger_unavailable', 'Away.', { hint: 'Start it.' }))),
      check('temporal', () => new Promise(() => undefined), { limitMs: 50, code: 'engine_unavailable' }),
      check('agent', () => fine('well')),
    );
    expect(found).toMatchObject([
      { check: 'node', state: 'failed', code: 'internal' },
      { check: 'ledger', state: 'failed', code: 'ledger_unavailable', says: 'Away.', mend: 'Start it.' },
      { check: 'temporal', state: 'failed', code: 'engine_unavailable', says: 'No answer within 0.05 s.' },
      { check: 'agent', state: 'ok' },
    ]);
  });

  it('are left out where what they need is not well, in turn', async () => {
    const found = await run(
      check('ledger', () => failed('ledger_unavailable', 'Away.', 'Start it.')),
      check('schema', () => fine('never'), { needs: ['ledger'] }),
      check('counters', () => fine('never'), { needs: ['schema'] }),
    );
    expect(found.map(({ state }) => state)).toEqual(['failed', 'skipped', 'skipped']);
    expect(doctorText({ ok: false, profile: 'settings', version: '1', checked_at: '', checks: found })).toEqual([
      '✗ ledger          Away.',
      '                  → Start it.',
      '– schema: not looked at, since ledger is not well.',
      '– counters: not looked at, since schema is not well.',
      'pantry-queue 1, the queue that the settings name: 1 failed.',
    ]);
  });

  it('tell what they are given, without secrets and without control characters', async () => {
    const secret = (text: string) => text.replaceAll('pw-1', '…');
    const [found] = await runChecks([check('ledger', () => failed('internal', 'pw-1\u001b[31m', 'pw-1\n'))], secret);
    for (const part of ['pw-1', '\u001b', '\n']) expect(`${found?.says}${found?.mend}`).not.toContain(part);
  });

  it.each<[ErrorCode[], number]>([
    [[], EXIT.ok],
    [['invalid_argument'], EXIT.usage],
    [['invalid_argument', 'ledger_unavailable'], EXIT.unavailable],
    [['internal', 'settings_differ'], EXIT.conflict],
    [['internal'], EXIT.other],
  ])('exit by the worst of %j: %i', (codes, exit) => {
    const checks = codes.map(
      (code) => ({ check: 'node', state: 'failed', says: '', mend: '', code, took_ms: 0 }) as const,
    );
    expect(exitCodeOfReport({ checks })).toBe(exit);
  });
});
