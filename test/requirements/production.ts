import { partly, type Requirements } from './requirement.ts';

/** What an operator runs, on one machine or many. */
export const productionRequirements: Requirements = {
  P1: partly(
    'Docker Compose runs the whole queue on one machine: only the API and Temporal’s UI are published, on loopback.',
    'the compose file',
    ['setting-files.test.ts', 'is the address of the database'],
    ['setting-files.test.ts', 'is refused by the name of the variable alone'],
    ['setting-files.test.ts', 'neither is shown'],
    ['toolchain/image.test.ts', 'serves and works as a login that owns no table'],
    ['toolchain/image.test.ts', 'makes the tables as their owner'],
    ['toolchain/image.test.ts', 'no programs of other platforms'],
    ['toolchain/image.test.ts', 'answers under the name of its service'],
  ),
};
