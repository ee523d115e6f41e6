import { type ExecFileException, execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
/** What an installation of the package brings along. */
const dependencies = Object.keys(JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')).dependencies);
const dist = (file: string) => path.join(root, 'dist', file);

/** A build takes a while on a machine with other work; nothing of the test's own is blocked meanwhile. */
function setUp(): Promise<{ said: string; code: number | string | null | undefined }> {
  return promisify(execFile)(process.execPath, ['scripts/setup.mjs'], { cwd: root }).then(
    ({ stdout, stderr }) => ({ said: stdout + stderr, code: 0 }),
    (error: ExecFileException & { stdout: string; stderr: string }) => ({
      said: error.stdout + error.stderr,
      code: error.code,
    }),
  );
}

/** The text of each program, and of what several of them share. */
const code = () =>
  filesUnder('dist')
    .filter((file) => file.endsWith('.js') && file !== 'workflow-bundle.js')
    .map((file) => readFileSync(dist(file), 'utf8'))
    .filter((text) => text.includes('createRequire as __createRequire'));

function filesUnder(folder: string): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8', withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(path.join(root, folder), path.join(entry.parentPath, entry.name)));
}

describe('a set-up checkout', () => {
  beforeAll(async () => {
    expect((await setUp()).code).toBe(0);
  });

  it('is left alone by the next set-up, without a word', async () => {
    expect(await setUp()).toEqual({ said: '', code: 0 });
  });

  it('has the command line as a program', () => {
    const main = dist('src/cli/main.js');
    expect(readFileSync(main, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
    expect(statSync(main).mode & 0o111).toBe(0o111);
  });

  it('has every file that the code reads beside itself', () => {
    const assets = filesUnder('src').filter((file) => !/\.(ts|md)$/.test(file));
    expect(assets.filter((file) => file.endsWith('.sql'))).not.toEqual([]);
    for (const file of assets)
      expect(readFileSync(dist(`src/${file}`)), file).toEqual(readFileSync(path.join(root, 'src', file)));
  });

  it('has every module, so that a part of it can be measured or driven alone', async () => {
    const modules = ['src', 'mcp', 'activities'].flatMap((folder) =>
      filesUnder(folder)
        .filter((file) => !file.endsWith('.d.ts'))
        .map((file) => path.join(folder, file.replace(/\.ts$/, '.js'))),
    );
    expect(modules.filter((file) => file.endsWith('.js') && !existsSync(dist(file)))).toEqual([]);
    expect(await import(dist('src/ledger/db.js'))).toHaveProperty('createDb');
  });

  it('[H9] has programs that load no package as it is installed but Temporal and those with native code', () => {
    const imports = code().flatMap((text) => [...text.matchAll(/^import [^'"]*?["']([^'".][^'"]*)["'];$/gm)]);
    const packages = new Set(
      imports.map(([, name = '']) => name).filter((name) => !name.startsWith('#') && !isBuiltin(name)),
    );
    const temporal = ['activity', 'client', 'common', 'envconfig', 'proto', 'worker'].map(
      (name) => `@temporalio/${name}`,
    );
    expect(
      [...packages].filter((name) => !dependencies.includes(name)),
      'an install would miss it',
    ).toEqual([]);
    expect([...packages].sort()).toEqual([...temporal, 'sharp']);
  });

  it('has the license of every package whose code stands in a program', () => {
    const packages = new Set(
      code().flatMap((text) =>
        [...text.matchAll(/^\s*\/\/ (?:.*\/)?node_modules\/((?:@[^/\s]+\/)?[^/\s]+)\//gm)].map(([, name]) => name),
      ),
    );
    const licenses = readFileSync(dist('THIRD-PARTY-LICENSES.txt'), 'utf8');
    const named = new Set([...licenses.matchAll(/^-+\n(\S+) \S+ \(/gm)].map(([, name]) => name));
    expect(packages.size).toBeGreaterThan(10);
    expect([...packages].filter((name) => !named.has(name))).toEqual([]);
  });

  it('[H7] has the dashboard as files without a schema, inline code or an address elsewhere', () => {
    const files = filesUnder('dist/dashboard').map((file) => [file, dist(`dashboard/${file}`)] as const);
    const code = files.filter(([file]) => file.endsWith('.js'));
    expect(code.length).toBeGreaterThan(3);
    expect(code.filter(([, file]) => readFileSync(file, 'utf8').includes('ZodError'))).toEqual([]);
    const page = readFileSync(dist('dashboard/index.html'), 'utf8');
    expect(page).not.toMatch(/<script>|<script type="module">|<style|\son\w+=|\sstyle=|https?:\/\//);
  });

  it('[H7] has each larger file of the dashboard packed beside it', () => {
    const large = filesUnder('dist/dashboard')
      .filter((file) => /\.(js|css|html)$/.test(file))
      .filter((file) => statSync(dist(`dashboard/${file}`)).size >= 600);
    expect(large).toContain('index.html');
    const unpacked = large.filter((file) => ['br', 'gz'].some((end) => !existsSync(dist(`dashboard/${file}.${end}`))));
    expect(unpacked).toEqual([]);
  });

  it('has the workflow bundle, of the workflows that are in it', () => {
    const bundle = readFileSync(dist('workflow-bundle.js'), 'utf8');
    expect(bundle).toContain('ocrReceipt');
  });

  it('keeps nothing that has no source any more, and makes the same pages anew', { timeout: 240_000 }, async () => {
    const page = readFileSync(dist('dashboard/index.html'), 'utf8');
    const orphan = dist('src/removed-long-ago.js');
    writeFileSync(orphan, '');
    const stamp = JSON.parse(readFileSync(dist('.build.json'), 'utf8'));
    writeFileSync(dist('.build.json'), JSON.stringify({ ...stamp, sources: 'of another day' }));
    expect((await setUp()).code).toBe(0);
    expect(existsSync(orphan)).toBe(false);
    expect(readFileSync(dist('dashboard/index.html'), 'utf8'), 'its files are named by their content').toBe(page);
  });
});
