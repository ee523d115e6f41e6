import type { Page } from 'playwright-core';

const LONG_MS = 50;

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds of the processor that it had. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

export interface Tasks {
  /** As the page itself sees them, by the clock: other programs on the machine count too. */
  readonly longMs: readonly number[];
  /** The longest one of the page's main thread, in time of the processor. */
  readonly longestProcessorMs: number;
}

/** What the page's main thread did while something went on. Numbers for people: no test can promise them. */
export async function tasksDuring(page: Page, run: () => Promise<unknown>): Promise<Tasks> {
  const browser = page.context().browser();
  if (!browser) throw new Error('the page has no browser');
  await page.evaluate(noteLongTasks, LONG_MS);
  await browser.startTracing(page, { categories: ['toplevel', '__metadata'] });
  await run();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  const main = new Set(
    traceEvents
      .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
      .map(({ pid, tid }) => `${pid}/${tid}`),
  );
  const ofPage = traceEvents.filter(({ name, pid, tid }) => name.endsWith('RunTask') && main.has(`${pid}/${tid}`));
  return {
    longMs: await page.evaluate(() => (globalThis as unknown as { longTasksMs: number[] }).longTasksMs),
    longestProcessorMs: Math.round(Math.max(0, ...ofPage.map(({ tdur = 0 }) => tdur)) / 1_000),
  };
}

/** In the page. */
function noteLongTasks(longMs: number): void {
  const noted: number[] = [];
  (globalThis as unknown as { longTasksMs: number[] }).longTasksMs = noted;
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) if (duration >= longMs) noted.push(Math.round(duration));
  }).observe({ type: 'longtask' });
}
