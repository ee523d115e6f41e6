import type { Sabotage } from './row.ts';

const settingFiles = { file: 'src/settings/files.ts', tests: ['test/settings/files.test.ts'] } as const;

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
    tests: ['test/settings/files.test.ts'],
  },
  {
    guard: 'native code is removed from an installation of our own only',
    promise: 'H9: what another program of a project may load stays',
    file: 'scripts/artifacts/foreign-binaries.mjs',
    find: 'wanted.length === 1 && wanted[0] === read(packageRoot).name ? modules : undefined',
    replace: 'wanted.length > 0 ? modules : undefined',
    tests: ['test/toolchain/foreign-binaries.test.ts'],
  },
  {
    guard: 'what is there for other systems goes only where this one has its own',
    promise: 'H9: native code is never taken without another',
    file: 'scripts/artifacts/foreign-binaries.mjs',
    find: 'return existsSync(path.join(root, ...own)) ? besides(root, own) : [];',
    replace: 'return existsSync(root) ? besides(root, own) : [];',
    tests: ['test/toolchain/foreign-binaries.test.ts'],
  },
];
