import { expect, inject, it } from 'vitest';
import { DOCTOR_CHECKS } from '../../../src/contract/doctor-report.ts';
import { useDatabase } from '../../support/db.ts';
import { freePort } from '../../support/ports.ts';
import { runBuilt } from '../../support/run-built.ts';

const ledger = useDatabase();

it('[H6] doctor prints each look with what mends it, and exits by the worst; --json says the same to programs', async () => {
  const settings = {
    DATABASE_URL: ledger.url,
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    AGENT_URL: `http://127.0.0.1:${await freePort()}`,
    PORT: String(await freePort()),
  };
  const text = await runBuilt(['doctor'], settings);
  expect(text.exitCode).toBe(5);
  expect(text.stdout).toContain('✓ counters        Counters and a recount agree.');
  expect(text.stdout).toMatch(
    /✗ agent {11}The OCR agent cannot be reached\.\n {18}→ Start it, or name another in AGENT_URL/,
  );
  const json = await runBuilt(['doctor', '--json'], settings);
  expect(json.exitCode).toBe(5);
  const { ok, checks } = JSON.parse(json.stdout);
  expect(ok).toBe(false);
  expect(new Set(checks.map(({ check }: { check: string }) => check))).toEqual(new Set(Object.keys(DOCTOR_CHECKS)));
  for (const { state, mend } of checks) expect(mend === null).toBe(state === 'ok' || state === 'skipped');
});
