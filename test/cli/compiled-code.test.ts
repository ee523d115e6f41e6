import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findArtifact } from '../../scripts/artifacts.mjs';
import { BUILT_MAIN } from '../support/run-built.ts';

/** A Node that can keep what it compiles; `npm run test:drills` fetches it, and without it there is nothing to see. */
const node = findArtifact('node-24');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'pantry-compiled-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function version(env: Readonly<Record<string, string>>): string {
  const args = [BUILT_MAIN, '--version'];
  const own = { PATH: process.env.PATH ?? '', HOME: folder, TMPDIR: path.join(folder, 'tmp'), ...env };
  return execFileSync(node ?? '', args, { env: own, encoding: 'utf8', stdio: 'pipe' });
}

const files = (of: string) => (existsSync(of) ? readdirSync(of, { recursive: true, encoding: 'utf8' }) : []);

it.skipIf(node === undefined).each([
  ['beside what it has fetched', { PANTRY_QUEUE_CACHE: 'own' }, 'own/compiled'],
  ['in the user’s cache', { XDG_CACHE_HOME: 'caches' }, 'caches/pantry-queue/compiled'],
  ['below the home folder', {}, '.cache/pantry-queue/compiled'],
])('[H6, S4] keeps compiled code %s, never where others can write', (_where, env, place) => {
  const absolute = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, path.join(folder, value)]));
  expect(version(absolute)).toMatch(/^\d+\.\d+\.\d+/);
  expect(files(path.join(folder, place)).length).toBeGreaterThan(1);
  expect(files(folder).filter((file) => !file.startsWith(place.split('/')[0] ?? ''))).toEqual([]);
});

it.skipIf(node === undefined || process.platform !== 'linux')(
  '[H6] runs all the same where nothing can be kept',
  () => {
    expect(version({ HOME: '/sys' })).toMatch(/^\d+\.\d+\.\d+/);
  },
);
