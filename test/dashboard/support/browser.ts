import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { findBrowser, HOW_TO_GET_A_BROWSER } from '../../../scripts/setup/browser.mjs';
import { saveShot } from './shots.ts';
import { type Allowed, watchTroubles } from './troubles.ts';

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
];

/** A browser beside a database and a server: on a busy machine a page takes seconds. */
const LIMIT_MS = 180_000;

export type Theme = 'light' | 'dark';

/** How a page is looked at. */
export interface Look {
  readonly theme: Theme;
  readonly width: number;
  readonly height: number;
}

const DESK = { theme: 'light', width: 1280, height: 800 } as const satisfies Look;
const PHONE = { theme: 'light', width: 390, height: 844 } as const satisfies Look;
/** Both themes, on a desk and on a phone. */
export const LOOKS: readonly Look[] = [DESK, PHONE].flatMap((look) => [look, { ...look, theme: 'dark' as const }]);

const NARROWEST = { width: 320, height: 640 };

interface EveryLook {
  readonly name?: string;
  readonly within?: string;
  /** A picture of each, as `shot` keeps them. */
  readonly shot?: string;
}

export interface Opened {
  readonly page: Page;
  /** Answers of the server with these statuses belong to the test: the browser reports each as an error. */
  allow(allowed: Allowed): void;
  /** Fails on what axe finds; `name` says what is open. */
  expectAccessible(name?: string, within?: string): Promise<void>;
  /** Nothing moves the page sideways. */
  expectFits(): Promise<void>;
  /** Both in every theme and width, and that it fits 320 px: the page is looked at again, and not loaded again. */
  expectEveryLook(what?: EveryLook): Promise<void>;
  /** Kept for people to look at, where SHOTS names a folder. */
  shot(name: string): Promise<void>;
}

export interface TestBrowser {
  /** Opens an address in a browser context of its own, with an empty cache. */
  open(address: string, look?: Look): Promise<Opened>;
}

const program = findBrowser();

/**
 * Tests in a real browser. Without one they fail in CI, and elsewhere they are skipped and say how to get one.
 * Every console error, page error, violation of the policy, dialog of a script and request to another host fails the
 * test during which it came.
 */
export function describeInBrowser(title: string, tests: (browser: TestBrowser) => void): void {
  if (program === undefined) {
    const says = process.env.CI ? it : it.skip;
    says(`${title}: ${HOW_TO_GET_A_BROWSER}`, () => expect.fail(HOW_TO_GET_A_BROWSER));
    return;
  }
  describe(title, { timeout: LIMIT_MS }, () => tests(startBrowser(program)));
}

/** One for all files that a process runs; it ends with the process. */
let shared: Promise<Browser> | undefined;

function startBrowser(executablePath: string): TestBrowser {
  let browser: Browser | undefined;
  const opened: { readonly close: () => Promise<void>; readonly troubles: () => readonly string[] }[] = [];
  beforeAll(async () => {
    shared ??= chromium.launch({ executablePath, args: ARGUMENTS });
    browser = await shared;
  });
  afterEach(async () => {
    const found = opened.splice(0);
    for (const { close } of found) await close();
    expect(
      found.flatMap(({ troubles }) => troubles()),
      'what the browser complained of',
    ).toEqual([]);
  });

  return {
    async open(address, look = DESK) {
      if (!browser) throw new Error('the browser is there only while tests run');
      const context = await browser.newContext({
        viewport: { width: look.width, height: look.height },
        colorScheme: look.theme,
        locale: 'en-GB',
        timezoneId: 'Europe/Berlin',
        reducedMotion: 'reduce',
        hasTouch: look.width < 640,
        permissions: ['clipboard-read', 'clipboard-write'],
      });
      const page = await context.newPage();
      const { troubles, allow } = await watchTroubles(page, new URL(address).origin);
      opened.push({ close: () => context.close(), troubles });
      await page.goto(address);
      return {
        page,
        allow,
        expectAccessible: (name = '', within) => expectAccessible(page, { name, ...(within ? { within } : {}) }),
        expectEveryLook: (what = {}) => expectEveryLook(page, what),
        expectFits: () => expectFits(page),
        shot: (name) => saveShot(page, `${name}-${look.theme}-${look.width}`),
      };
    },
  };
}

/** What is open over a page. */
export const OVER_PAGE = '[role=dialog], [role=alertdialog], [role=menu], dialog[open]';

interface Looked {
  /** Said where something is found: what is open. */
  readonly name?: string;
  /** Only this part of the page. */
  readonly within?: string;
  readonly rules?: readonly string[];
}

async function expectAccessible(page: Page, { name = '', within, rules }: Looked): Promise<void> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe.source);
  const found = await page.evaluate(
    async ({ include, only }) => {
      const { violations } = await (globalThis as unknown as { axe: typeof axe }).axe.run(
        // Base UI's own: they hand the focus on and keep it never.
        { include: [[include]], exclude: [['[data-base-ui-focus-guard]']] },
        { resultTypes: ['violations'], ...(only ? { runOnly: [...only] } : {}) },
      );
      return violations.map(
        ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`,
      );
    },
    { include: within ?? 'html', only: rules },
  );
  expect(found, `what axe finds ${name}`).toEqual([]);
}

/** The themes differ in their colours alone. */
const OF_THEME = ['color-contrast', 'link-in-text-block'];

/** The same page in both themes, on a desk and on a phone, and on the narrowest one that it must fit. */
async function expectEveryLook(page: Page, { name = '', within, shot }: EveryLook): Promise<void> {
  for (const { theme, width, height } of LOOKS) {
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme: theme });
    await settle(page);
    const rules = theme === 'light' ? {} : { rules: OF_THEME };
    await expectAccessible(page, {
      name: `${name}, ${theme} at ${width} px`,
      ...(within === undefined ? {} : { within }),
      ...rules,
    });
    await expectFits(page);
    if (shot !== undefined) await saveShot(page, `${shot}-${theme}-${width}`);
  }
  await page.setViewportSize(NARROWEST);
  await page.emulateMedia({ colorScheme: 'light' });
  await settle(page);
  await expectFits(page);
  if (shot !== undefined) await saveShot(page, `${shot}-light-${NARROWEST.width}`);
  await page.setViewportSize({ width: DESK.width, height: DESK.height });
  await settle(page);
}

/** Two frames: what follows the size of the page has been drawn. */
const settle = (page: Page) =>
  page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));

async function expectFits(page: Page): Promise<void> {
  const wide = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    return [...document.querySelectorAll('body *')]
      .filter((element) => element.getBoundingClientRect().right > clientWidth + 1)
      .slice(0, 5)
      .map((element) => element.outerHTML.slice(0, 120));
  });
  expect(wide, 'what reaches beyond the page').toEqual([]);
}
