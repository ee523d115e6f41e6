/** The browser of the dashboard's tests: one that the system has, else Debian's package, else the official download. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const MAC_APPS = ['Google Chrome', 'Chromium', 'Microsoft Edge'];
const APT = '/usr/bin/apt-get';
const limitMs = 10 * 60_000;

/** How a person gets one where set-up could not. */
export const HOW_TO_GET_A_BROWSER =
  'The tests of the dashboard need Chromium or Chrome. Install one (Debian, Ubuntu: apt-get install chromium; macOS: Google Chrome), ' +
  'or run "npx playwright-core install chromium-headless-shell", or name one in CHROMIUM_PATH.';

/** @returns the path of a program, or undefined where there is none */
export function findBrowser(env = process.env) {
  if (env.CHROMIUM_PATH) return isProgram(env.CHROMIUM_PATH) ? env.CHROMIUM_PATH : undefined;
  const folders = (env.PATH ?? '').split(path.delimiter).filter(Boolean);
  const onPath = folders.flatMap((folder) => PROGRAMS.map((name) => path.join(folder, name)));
  const apps = MAC_APPS.map((name) => `/Applications/${name}.app/Contents/MacOS/${name}`);
  return [...onPath, ...apps, ...downloaded(env)].find(isProgram);
}

/** Gets one where there is none. What fails is said and nothing more: only the tests that need a browser need it. */
export async function ensureBrowser({
  log,
  root,
  env = process.env,
  run = runProgram,
  isRoot = process.getuid?.() === 0,
}) {
  if (findBrowser(env) || env.CHROMIUM_PATH) return;
  if (isRoot && existsSync(APT)) {
    log('installing Chromium for the tests of the dashboard (Debian’s package, about half a minute)');
    const quiet = { DEBIAN_FRONTEND: 'noninteractive' };
    await run(APT, ['update', '-qq'], quiet);
    await run(APT, ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], quiet);
    if (findBrowser(env)) return;
  }
  log('fetching the official Chromium for the tests of the dashboard (100 MB, once)');
  const playwright = path.join(root, 'node_modules', 'playwright-core', 'cli.js');
  await run(process.execPath, [playwright, 'install', 'chromium-headless-shell'], {});
  if (!findBrowser(env)) log(`no browser could be had, and the rest goes on. ${HOW_TO_GET_A_BROWSER}`);
}

/** @returns whether it ended well */
async function runProgram(program, args, more) {
  const child = spawn(program, args, { stdio: ['ignore', 2, 2], env: { ...process.env, ...more }, timeout: limitMs });
  const [code] = await once(child, 'exit').catch(() => [1]);
  return code === 0;
}

/** What playwright-core has fetched, the newest first. */
function downloaded(env) {
  const home = os.homedir();
  const folders = {
    linux: path.join(env.XDG_CACHE_HOME ?? path.join(home, '.cache'), 'ms-playwright'),
    darwin: path.join(home, 'Library', 'Caches', 'ms-playwright'),
  };
  const folder = env.PLAYWRIGHT_BROWSERS_PATH ?? folders[process.platform];
  if (!folder || !existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /^chromium(_headless_shell)?-\d+$/.test(name))
    .sort((one, other) => revisionOf(other) - revisionOf(one))
    .flatMap((name) => programsIn(path.join(folder, name)));
}

const revisionOf = (name) => Number(/\d+$/.exec(name)?.[0] ?? 0);

function programsIn(folder) {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) =>
      /(^|[/\\])(chrome|chrome-headless-shell|headless_shell|Chromium|Google Chrome for Testing)$/.test(file),
    )
    .map((file) => path.join(folder, file));
}

function isProgram(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
