import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type InitFlags, runInit } from '../../../src/cli/init/run-init.ts';
import { BUILT_MAIN } from '../../support/run-built.ts';
import { aMachine, filesBelow, hostOf, withFile } from './support/machine.ts';

let printed = '';
beforeEach(() => {
  printed = '';
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      printed += text;
      return true;
    });
});
afterEach(() => vi.restoreAllMocks());

/** A machine with Cursor and Zed, and a person at the terminal who always says the same. */
function atTerminal(says: boolean, env: Readonly<Record<string, string>> = {}, script = BUILT_MAIN) {
  const machine = aMachine(env);
  mkdirSync(path.join(machine.home, '.cursor'));
  mkdirSync(path.join(machine.home, '.config/zed'), { recursive: true });
  const asked: string[] = [];
  const ask = async (question: string) => {
    asked.push(question);
    return says;
  };
  const context = { machine, command: process.execPath, script, isTerminal: true, ask };
  const limitsMs = { ownCommand: 20_000, proof: 40_000 };
  const init = (names: readonly string[], flags: Partial<InitFlags> = {}) =>
    runInit(names, { scope: 'user', allow: [], ...flags }, { ...context, limitsMs });
  return { machine, asked, init };
}

describe('[M7] pantry-queue init at a terminal', () => {
  it('names the hosts that it has found, and changes nothing without a yes', async () => {
    const { machine, asked, init } = atTerminal(false);
    expect(await init([])).toBe(0);
    expect(asked).toEqual(['Connect pantry-queue to Cursor, Zed? [y/N] ']);
    expect(printed).toBe('Nothing has been changed.\n');
    expect(filesBelow(machine.home)).toEqual([]);
  });

  it('connects them after a yes, and takes out of those that are connected', async () => {
    const { machine, asked, init } = atTerminal(true);
    expect(await init([])).toBe(0);
    expect(filesBelow(machine.home)).toEqual(['.config/zed/settings.json', '.cursor/mcp.json']);
    withFile(hostOf('goose'), machine, 'extensions: [');
    expect(await init([], { remove: true })).toBe(0);
    expect(asked.at(-1)).toBe('Take pantry-queue out of Cursor, Zed? [y/N] ');
    expect(JSON.parse(readFileSync(path.join(machine.home, '.cursor/mcp.json'), 'utf8'))).toEqual({ mcpServers: {} });
    expect(await init([], { remove: true })).toBe(0);
    expect(printed).toContain('No host is connected; there is nothing to take out.');
  });

  it('asks before it replaces an entry that says something else, and leaves it after a no', async () => {
    const { machine, asked, init } = atTerminal(false);
    const file = withFile(hostOf('cursor'), machine, '{"mcpServers": {"pantry-queue": {"command": "old"}}}');
    expect(await init(['cursor'])).toBe(0);
    expect(asked).toEqual([`${file} connects Cursor otherwise. Replace that? [y/N] `]);
    expect(printed).toBe(`Cursor: left as it is in ${file}\n`);
    expect(readFileSync(file, 'utf8')).toContain('"old"');
    expect(await init(['cursor'], { yes: true })).toBe(0);
    expect(asked).toHaveLength(1);
    expect(readFileSync(file, 'utf8')).not.toContain('"old"');
  });

  it('goes on behind a host whose proof fails, and exits by it', async () => {
    const { init } = atTerminal(true, {}, '/nowhere/_npx/main.js');
    expect(await init(['cursor', 'zed'])).toBe(5);
    expect(printed.match(/but what it starts does not work/g)).toHaveLength(2);
  });

  it('says what the person should know of an entry: the key, the project, the cache of npx', async () => {
    const { machine, init } = atTerminal(true, { PANTRY_QUEUE_KEY: 'x' });
    expect(await init(['zed'], { scope: 'project', allow: [machine.cwd] })).toBe(0);
    expect(printed).toContain('Zed can refer to no variable');
    expect(printed).toContain('The file names paths of this machine');
  });

  it.each(['PANTRY_QUEUE_KEY_FILE', '--key-file'])('writes down the file that %s names, and starts it', async (how) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'pantry-key-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const file = path.join(folder, 'queue.key');
    writeFileSync(file, 'pq_very_secret\n');
    const isFlag = how === '--key-file';
    const { machine, init } = atTerminal(true, isFlag ? {} : { [how]: file });
    const flags = isFlag ? { keyFile: file } : {};
    expect(await init(['cursor'], flags)).toBe(0);
    const { mcpServers } = JSON.parse(readFileSync(path.join(machine.home, '.cursor/mcp.json'), 'utf8'));
    expect(mcpServers['pantry-queue'].args).toEqual([BUILT_MAIN, 'mcp', '--key-file', file]);
    writeFileSync(file, '');
    await expect(init(['cursor'], flags)).rejects.toThrow('PANTRY_QUEUE_KEY_FILE names an empty file');
  });

  it('names every host that it knows where it finds none', async () => {
    const machine = aMachine();
    const limitsMs = { ownCommand: 1_000, proof: 1_000 };
    const context = { machine, command: '/bin/node', script: '/main.js', isTerminal: true, limitsMs };
    const run = runInit([], { scope: 'user', allow: [] }, context);
    await expect(run).rejects.toThrow('None was found on this machine. Known: claude-code, ');
  });
});
