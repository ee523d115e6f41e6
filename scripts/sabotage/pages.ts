import type { Sabotage } from './row.ts';

/** Guards of the dashboard's pages and files. */
export const PAGE_SABOTAGES: readonly Sabotage[] = [
  {
    guard: 'no text becomes markup in a page',
    promise: 'H7: text from a receipt is shown as text, no matter who writes it into the page',
    file: 'src/http/pages.ts',
    find: `  "require-trusted-types-for 'script'",\n`,
    replace: '',
    tests: ['test/http/pages.test.ts'],
  },
  {
    guard: 'an encoding that a client refuses is not sent',
    promise: 'H7: every browser can read the files of the dashboard',
    file: 'src/http/dashboard-files.ts',
    find: 'return parameters.some((text) => /^q=0(\\.0*)?$/.test(text)) ? [] : [name];',
    replace: 'return [name];',
    tests: ['test/http/pages.test.ts'],
  },
  {
    guard: 'files without a hash in their name are asked for again',
    promise: 'H7: a new version of the dashboard is seen at once',
    file: 'src/http/pages.ts',
    find: 'file.isHashed ?',
    replace: 'file.bytes ?',
    tests: ['test/http/pages.test.ts'],
  },
];
