import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Sabotage } from '../row.ts';

/** A copy of the checkout, in which guards are taken away one at a time. */
export interface Copy {
  readonly root: string;
  /** Takes a guard away. @returns what puts it back. Throws when its text does not stand where the row says */
  takeAway(row: Sabotage): () => void;
  /** Builds the pages of the dashboard from the sources as they are. @returns false when they cannot be built */
  buildPages(): boolean;
  /** Builds the programs from the sources as they are, also where types do not fit. @returns false when that fails */
  buildPrograms(): boolean;
  /** `dist/` as it was in the checkout. */
  restoreBuild(): void;
  remove(): void;
}

const INSTALLED = ['node_modules', 'test/mcp/official/node_modules'];
const PAGES = `import { buildDashboard } from './scripts/build/dashboard.mjs';
await buildDashboard(process.cwd(), \`\${process.cwd()}/dist/dashboard\`);`;
const PROGRAMS = `import { bundlePrograms } from './scripts/build/bundle.mjs';
await bundlePrograms(process.cwd(), 'dist');`;

/** @param checkout set up and built: its `dist/` is copied too */
export function copyCheckout(checkout: string): Copy {
  const root = mkdtempSync(path.join(tmpdir(), 'pantry-sabotage-'));
  const dist = path.join(root, 'dist');
  let isBuiltAnew = false;
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: checkout,
    encoding: 'utf8',
    maxBuffer: 16_000_000,
  });
  const files = listed.split('\0').filter((file) => file !== '' && existsSync(path.join(checkout, file)));
  for (const file of [...files, 'dist']) {
    cpSync(path.join(checkout, file), path.join(root, file), { recursive: true });
  }
  for (const folder of INSTALLED) symlinkSync(path.join(checkout, folder), path.join(root, folder));

  const node = (...args: string[]) => spawnSync(process.execPath, args, { cwd: root, stdio: 'ignore' }).status === 0;
  const script = (text: string) => node('--input-type=module', '-e', text);
  return {
    root,
    takeAway(row) {
      const file = path.join(root, row.file);
      const sound = readFileSync(file, 'utf8');
      writeFileSync(file, without(sound, row));
      return () => writeFileSync(file, sound);
    },
    buildPages() {
      isBuiltAnew = true;
      rmSync(path.join(dist, 'dashboard'), { recursive: true });
      return script(PAGES);
    },
    buildPrograms() {
      isBuiltAnew = true;
      // The status says only whether types fit, and a guard taken away may leave a name unused.
      node('node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--outDir', 'dist');
      cpSync(path.join(root, 'src'), path.join(dist, 'src'), {
        recursive: true,
        filter: (file) => !/\.(ts|md)$/.test(file),
      });
      return script(PROGRAMS);
    },
    restoreBuild() {
      if (!isBuiltAnew) return;
      isBuiltAnew = false;
      rmSync(dist, { recursive: true, force: true });
      cpSync(path.join(checkout, 'dist'), dist, { recursive: true });
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

function without(text: string, { find, replace, everywhere, file, guard }: Sabotage): string {
  const parts = text.split(find);
  if (parts.length < 2 || (parts.length > 2 && !everywhere)) {
    throw new Error(`"${guard}": its text stands ${parts.length - 1} times in ${file}; mend its row.`);
  }
  return parts.join(replace);
}
