import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useHttpQueue } from '../http/support/http-queue.ts';
import { officialFile, runOfficial } from './support/official.ts';

const server = useHttpQueue();

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'conformance-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const run = (baseline: string, ...which: string[]) =>
  runOfficial('conformance', [
    'server',
    '--url',
    `${server.current.url}/mcp`,
    '--expected-failures',
    baseline,
    ...which,
  ]);

describe('the official conformance suite', () => {
  it.each(['2026-07-28', '2025-11-25'])('[M7] passes for %s but for the failures that are listed', async (revision) => {
    const baseline = officialFile(`baseline-${revision}.yml`);
    const { exitCode, stdout, stderr } = await run(baseline, '--requirements', revision);
    expect(exitCode, stdout.slice(stdout.lastIndexOf('Total:')) + stderr).toBe(0);
    expect(stdout).toMatch(/✓ tools-list: \d+ passed, 0 failed/);
  });

  it.each([
    ['a failure that is not listed', 'tools-call-image', []],
    ['a listed failure that passes', 'tools-list', ['tools-list']],
  ])('[M7] does not pass with %s', async (_what, scenario, listed) => {
    const baseline = path.join(folder, `${scenario}.yml`);
    await writeFile(baseline, JSON.stringify({ server: listed }));
    const { exitCode, stdout } = await run(baseline, '--scenario', scenario);
    expect(exitCode, stdout).toBe(1);
  });
});
