import type { Sabotage } from './row.ts';

/** Guards of the dashboard's components and words; those of its pages are seen by the tests of the pages. */
export const DASHBOARD_SABOTAGES: readonly Sabotage[] = [
  {
    guard: 'dashboard: the page behind a modal dialog, inert',
    promise: 'H7: by keyboard alone',
    file: 'dashboard/ui/modal.ts',
    find: '    setInert(true);\n',
    replace: '',
    tests: ['test/dashboard/gallery.test.ts'],
    only: 'behind a modal dialog is inert',
  },
  {
    guard: 'dashboard: a form that a press beside it does not close',
    promise: 'H7: nothing typed is lost',
    file: 'dashboard/ui/dialog.tsx',
    find: '      disablePointerDismissal={holdsInput}\n',
    replace: '',
    tests: ['test/dashboard/gallery.test.ts'],
    only: 'something typed is not closed',
  },
  {
    guard: 'dashboard: a button that may not be pressed',
    promise: 'H7: what the key may not do is shown, with the reason, and does nothing',
    file: 'dashboard/ui/button.tsx',
    find: '    if (isOff) event.preventDefault();\n    else onClick?.(event);\n',
    replace: '    onClick?.(event);\n',
    tests: ['test/dashboard/gallery.test.ts'],
    only: 'may not be pressed is reached',
  },
  {
    guard: 'dashboard: regions, clipped to the page',
    promise: 'O7: evidence of any agent is shown, or left out',
    file: 'dashboard/words/evidence.ts',
    find: 'Math.min(1, Math.max(0, at))',
    replace: 'at',
    tests: ['test/dashboard/words.test.ts'],
  },
  {
    guard: 'dashboard: lines from outside, cleaned',
    promise: 'H7: hostile text is shown as text',
    file: 'dashboard/words/text.ts',
    find: 'cleanLine(line, LINE_CHARS)',
    replace: 'line',
    tests: ['test/dashboard/words.test.ts'],
  },
  {
    guard: 'dashboard: amounts, formatted as decimals',
    promise: 'M9: sums are exact',
    file: 'dashboard/words/money.ts',
    find: 'format.format(amount as `${number}`)',
    replace: 'format.format(Number(amount))',
    tests: ['test/dashboard/words.test.ts'],
  },
];
