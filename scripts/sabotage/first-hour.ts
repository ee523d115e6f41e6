import type { Sabotage } from './row.ts';

/** Guards of the first hour: commands, releases, the comparison. */
export const FIRST_HOUR_SABOTAGES: readonly Sabotage[] = [
  {
    guard: 'hints in the words of the command line',
    promise: 'I8: the next step is one of the door that it is read at',
    file: 'src/words/hints-for-commands.ts',
    find: "    .replace(WITH_COMMAND, '$1')\n",
    replace: '',
    tests: ['test/cli/hints.test.ts'],
  },
  {
    guard: 'what Temporal answers to engine status is read by its status',
    promise: 'I8: no text of a library is shown',
    file: 'src/engine/engine-errors.ts',
    find: '  if (status !== undefined) {\n',
    replace: '  if (status === 99) {\n',
    tests: ['test/engine/engine-commands.test.ts'],
  },
  {
    guard: 'Ctrl-C names what was not sent',
    promise: 'H6: an upload that was stopped goes on where it stopped',
    file: 'src/cli/commands/receipt-add.ts',
    find: 'left.map(shellWord), ...words]',
    replace: '...words]',
    tests: ['test/cli/receipt-add-interrupted.test.ts'],
  },
  {
    guard: 'a release from a clean tree alone',
    promise: 'H9: what is published is what was committed',
    file: 'scripts/publish/checks.mjs',
    find: 'const CHECKS = [treeIsClean, ',
    replace: 'const CHECKS = [',
    tests: ['test/toolchain/release.test.ts'],
  },
  {
    guard: 'provenance needs an id token',
    promise: 'H9: nothing is published without provenance',
    file: 'scripts/publish/release.mjs',
    find: 'if (unsigned !== undefined)',
    replace: 'if (unsigned === null)',
    tests: ['test/toolchain/release.test.ts'],
  },
  {
    guard: 'a queue that fails in the comparison is told of',
    promise: 'P5: no column is missing without a reason',
    file: 'bench/peers/compare.ts',
    find: '      outcomes.push({ peer, leftOut });\n',
    replace: '',
    tests: ['test/bench/peers.test.ts'],
  },
  {
    guard: 'ids of a table give way last',
    promise: 'H6: an id in a list can be given to the next command',
    file: 'src/words/table.ts',
    find: 'widestOther > NARROWEST ? others.indexOf(widestOther) + 1 : widths.indexOf(Math.max(...widths))',
    replace: 'widths.indexOf(Math.max(...widths))',
    tests: ['test/words/table.test.ts'],
  },
  {
    guard: 'the time of each look of doctor',
    promise: 'H6: doctor ends, whatever never answers',
    file: 'src/maintenance/doctor/run-checks.ts',
    find: 'Promise.race([look, limit])',
    replace: 'Promise.race([look])',
    tests: ['test/maintenance/doctor/run-checks.test.ts'],
  },
];
