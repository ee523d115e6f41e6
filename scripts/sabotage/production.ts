import type { Sabotage } from './row.ts';

const settingFiles = { file: 'src/setting-files.ts', tests: ['test/setting-files.test.ts'] } as const;

/** The guards of an installation of one's own. */
export const PRODUCTION_SABOTAGES: readonly Sabotage[] = [
  {
    guard: 'a setting has one source',
    promise: 'P1: a setting and its file that are both given are refused',
    find: 'env[name] ? { fault: `and ${name} are both set: keep one of them` } : readSetting(file)',
    replace: 'readSetting(file)',
    ...settingFiles,
  },
  {
    guard: 'a pipe that nobody writes to does not hold up a start',
    promise: 'P1: what is no regular file is refused',
    find: "if (!fstatSync(handle).isFile()) return { fault: 'does not name a regular file' };",
    replace: '',
    ...settingFiles,
  },
  {
    guard: 'a setting of the shell does not stand beside one that up decides',
    promise: 'P1: a setting and its file are never both given to a part',
    file: 'src/embedded/child-environment.ts',
    find: " && !(name.replace(/_FILE$/, '') in decided)",
    replace: '',
    tests: ['test/setting-files.test.ts'],
  },
];
