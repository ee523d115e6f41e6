/**
 * Makes the pictures of the README from the running demo, in both themes: `npm run screenshots`.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { findBrowser, HOW_TO_GET_A_BROWSER } from './setup/browser.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const folder = path.join(root, 'docs', 'images');
const VIEW = { width: 1280, height: 800 };
const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--no-first-run'];
const PATIENCE_MS = 10 * 60_000;

/** What is pictured, and what is done before. */
const PICTURES: Readonly<Record<string, { address: string; prepare(page: Page): Promise<void> }>> = {
  overview: {
    address: '/?span=1+h',
    prepare: async (page) => {
      await page.getByRole('figure').first().waitFor();
      await page.getByText('Live', { exact: true }).waitFor();
    },
  },
  job: {
    address: '/ui/jobs/ocr-4',
    prepare: async (page) => {
      await page.getByRole('table', { name: 'Fields' }).getByRole('button', { name: /EUR/ }).first().hover();
      await page.locator('rect[data-field="total_amount"]').waitFor();
    },
  },
};

/** Starts the demo, which stays. @returns its address, and what stops it */
async function startDemo(dataDir: string): Promise<{ url: string; stop(): Promise<unknown> }> {
  const main = path.join(root, 'dist', 'src', 'cli', 'main.js');
  const demo = spawn(process.execPath, [main, 'demo', '--stay', '--data-dir', dataDir], { cwd: root });
  const exited = new Promise((resolve) => demo.once('exit', resolve));
  const url = await new Promise<string>((resolve, reject) => {
    let said = '';
    const timer = setTimeout(() => {
      demo.kill('SIGTERM');
      reject(new Error(`The demo did not come to its end:\n${said}`));
    }, PATIENCE_MS);
    const listen = (chunk: Buffer) => {
      said += chunk.toString();
      const address = /The dashboard: (http:\S+)\//.exec(said)?.[1];
      if (address === undefined) return;
      clearTimeout(timer);
      resolve(address);
    };
    demo.stdout.on('data', listen);
    demo.stderr.on('data', listen);
    void exited.then(() => reject(new Error(`The demo ended:\n${said}`)));
  });
  return {
    url,
    stop: () => {
      demo.kill('SIGTERM');
      return exited;
    },
  };
}

async function picture(browser: Browser, url: string, name: string, theme: 'light' | 'dark'): Promise<void> {
  const { address, prepare } = PICTURES[name] ?? {};
  const context = await browser.newContext({ viewport: VIEW, colorScheme: theme, reducedMotion: 'reduce' });
  const page = await context.newPage();
  await page.goto(`${url}${address ?? '/'}`);
  await prepare?.(page);
  await page.screenshot({ path: path.join(folder, `${name}-${theme}.png`) });
  await context.close();
}

const executablePath = findBrowser();
if (executablePath === undefined) throw new Error(HOW_TO_GET_A_BROWSER);
const dataDir = mkdtempSync(path.join(tmpdir(), 'pantry-screenshots-'));
mkdirSync(folder, { recursive: true });
const demo = await startDemo(dataDir);
const browser = await chromium.launch({ executablePath, args: ARGUMENTS });
try {
  for (const name of Object.keys(PICTURES)) {
    for (const theme of ['light', 'dark'] as const) await picture(browser, demo.url, name, theme);
  }
} finally {
  await browser.close();
  await demo.stop();
  rmSync(dataDir, { recursive: true, force: true });
}
console.error(`Written: ${folder}`);
