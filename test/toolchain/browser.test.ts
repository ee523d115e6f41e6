import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureBrowser, findBrowser } from '../../scripts/setup/browser.mjs';

let folder: string;
let said: string[];
const log = (sentence: string) => {
  said.push(sentence);
};

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'pantry-queue-browser-'));
  said = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function program(...names: string[]): string {
  const file = path.join(folder, ...names);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, '#!/bin/sh\n');
  chmodSync(file, 0o755);
  return file;
}

/** Nothing but what a test puts into its folder. */
const env = () => ({ PATH: path.join(folder, 'bin'), PLAYWRIGHT_BROWSERS_PATH: path.join(folder, 'fetched') });

describe('[H7] the browser of the tests', () => {
  it('[H7] is the one of the system, else the newest that was fetched', () => {
    expect(findBrowser(env())).toBeUndefined();
    program('fetched', 'chromium_headless_shell-999', 'chrome-linux', 'headless_shell');
    const newest = program('fetched', 'chromium_headless_shell-1255', 'chrome-linux', 'headless_shell');
    program('fetched', 'firefox-2000', 'firefox', 'firefox');
    expect(findBrowser(env())).toBe(newest);
    const system = program('bin', 'google-chrome');
    expect(findBrowser(env())).toBe(system);
  });

  it('[H7] is the one that CHROMIUM_PATH names, and none where that is no program', () => {
    program('bin', 'chromium');
    const named = program('mine');
    expect(findBrowser({ ...env(), CHROMIUM_PATH: named })).toBe(named);
    expect(findBrowser({ ...env(), CHROMIUM_PATH: path.join(folder, 'bin') })).toBeUndefined();
  });

  it('[H7] is left alone by set-up where there is one', async () => {
    program('bin', 'chromium');
    const run = () => Promise.reject(new Error('nothing is to be installed'));
    await ensureBrowser({ log, root: folder, env: env(), run, isRoot: true });
    expect(said).toEqual([]);
  });

  it('[H7] is the official download where nobody may install a package', async () => {
    const run = async (_program: string, args: readonly string[]) => {
      expect(args.slice(1)).toEqual(['install', 'chromium-headless-shell']);
      program('fetched', 'chromium_headless_shell-1255', 'headless_shell');
      return true;
    };
    await ensureBrowser({ log, root: folder, env: env(), run, isRoot: false });
    expect(said).toEqual([expect.stringContaining('fetching')]);
    expect(findBrowser(env())).toMatch(/headless_shell$/);
  });

  it('[H7] may be missing: set-up goes on and says how to get one', async () => {
    await ensureBrowser({ log, root: folder, env: env(), run: async () => false, isRoot: false });
    expect(said.at(-1)).toMatch(/apt-get install chromium.*CHROMIUM_PATH/);
  });
});
