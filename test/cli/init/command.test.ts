import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { VERSION } from '../../../mcp/version.ts';
import { HOSTS } from '../../../src/cli/init/hosts.ts';
import { BUILT_MAIN, runBuilt } from '../../support/run-built.ts';
import { filesBelow } from './support/machine.ts';

/** A home with Cursor and goose, and the command line in it, without a terminal. */
function aHome() {
  const home = mkdtempSync(path.join(tmpdir(), 'pantry-init-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  mkdirSync(path.join(home, '.cursor'));
  mkdirSync(path.join(home, '.config/goose'), { recursive: true });
  // Newer versions of Node keep compiled code in a home, which is none of the settings.
  const init = (...args: string[]) =>
    runBuilt(['init', ...args], { HOME: home, PATH: '/nowhere', NODE_DISABLE_COMPILE_CACHE: '1' });
  return { home, init };
}

describe('[M7] [H6] pantry-queue init', () => {
  it('names every host in its help', async () => {
    const { stdout } = await aHome().init('--help');
    expect(stdout.replace(/\s+/g, ' ')).toContain(HOSTS.map(({ name }) => name).join(', '));
  });

  it('has a row for every host in its page', () => {
    const page = readFileSync(path.resolve(import.meta.dirname, '../../../docs/mcp.md'), 'utf8');
    const rows = [...page.matchAll(/^\| `([a-z-]+)` \| (?:`[^|]+|–) \|/gm)].map(([, name]) => name);
    expect(rows).toEqual(expect.arrayContaining(HOSTS.map(({ name }) => name)));
  });

  it('says what to type where no terminal can be asked, and changes nothing', async () => {
    const { home, init } = aHome();
    const { exitCode, stderr } = await init();
    expect(exitCode).toBe(2);
    expect(stderr).toContain('This machine has Cursor, goose.');
    expect(stderr).toContain('Type: pantry-queue init cursor goose');
    expect(filesBelow(home)).toEqual([]);
  });

  it('connects all that are here with --yes, and says of each what it started', async () => {
    const { home, init } = aHome();
    const { exitCode, stdout } = await init('--yes');
    expect(exitCode).toBe(0);
    expect(stdout.split('\n').filter((line) => /^\S/.test(line))).toEqual([
      `Cursor: connected in ${home}/.cursor/mcp.json`,
      `goose: connected in ${home}/.config/goose/config.yaml`,
    ]);
    expect(stdout).toContain(`tools, version ${VERSION}.`);
    const removed = await init('--remove', '--yes');
    expect(removed.stdout).toMatch(/^Cursor: taken out of .*\n.*\ngoose: taken out of /);
    expect(await init('--remove', '--yes')).toMatchObject({ exitCode: 0, stdout: '' });
  });

  it('prints what to write with --print, and writes nothing', async () => {
    const { home, init } = aHome();
    const { exitCode, stdout } = await init('cursor', 'codex', '--print', '--allow', home);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`Cursor: ${home}/.cursor/mcp.json\n\n{\n  "mcpServers": {\n    "pantry-queue": {`);
    expect(stdout).toContain('[mcp_servers.pantry-queue]\n');
    expect(stdout).toContain(`"--allow", "${home}"`);
    expect(filesBelow(home)).toEqual([]);
  });

  it('answers programs with one object for each host, and goes on behind a file that is broken', async () => {
    const { home, init } = aHome();
    writeFileSync(path.join(home, '.cursor/mcp.json'), '{');
    const { exitCode, stdout } = await init('cursor', 'goose', '--json');
    const [broken, connected, ...more] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(broken).toMatchObject({
      file: 'Cursor',
      code: 'invalid_argument',
      detail: expect.stringContaining('(line 1)'),
    });
    expect(connected).toMatchObject({ host: 'goose', action: 'added', server: { version: VERSION } });
    expect([more, exitCode]).toEqual([[], 2]);
    expect(readFileSync(path.join(home, '.cursor/mcp.json'), 'utf8')).toBe('{');
  });

  it.each([
    [['curser'], 'Unknown host "curser". Did you mean cursor?'],
    [['cursor', '--allow', '/nowhere'], '/nowhere is no folder.'],
    [['cursor', '--url', 'queue'], 'It must be an address as http://127.0.0.1:8000.'],
    [['cursor', '--scope', 'world'], 'user, project'],
    [['windsurf', '--scope', 'project'], 'Windsurf has no settings of a project'],
  ])('refuses %j before it changes anything', async (args, says) => {
    const { home, init } = aHome();
    const { exitCode, stderr } = await init(...args);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(says)]);
    expect(filesBelow(home)).toEqual([]);
  });

  it('writes the path of this program and of Node, and the folder of the queue, whole', async () => {
    const { home } = aHome();
    const env = { HOME: home, PATH: '/nowhere', DATA_DIR: 'my queue' };
    const { stdout } = await runBuilt(['init', 'cursor', '--print', '--json'], env);
    expect(JSON.parse(stdout).entry).toEqual({
      command: process.execPath,
      args: [BUILT_MAIN, 'mcp', '--data-dir', path.resolve('my queue')],
    });
  });
});
