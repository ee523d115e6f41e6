import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { tools } from '../../../mcp/tools/index.ts';
import { VERSION } from '../../../mcp/version.ts';
import type { Wish } from '../../../src/cli/init/connection.ts';
import { openHostFile } from '../../../src/cli/init/host-file.ts';
import { HOSTS } from '../../../src/cli/init/hosts.ts';
import { connectHost, disconnectHost, entryToPaste, type InitDeps } from '../../../src/cli/init/init-host.ts';
import type { Machine } from '../../../src/cli/init/places.ts';
import { entryFor } from '../../../src/cli/init/shapes.ts';
import { useHttpQueue } from '../../http/support/http-queue.ts';
import { BUILT_MAIN } from '../../support/run-built.ts';
import { aMachine, filesBelow, hostOf, withFile } from './support/machine.ts';

const http = useHttpQueue();

const RELAY: Wish = { command: process.execPath, script: BUILT_MAIN, allow: [], hasKey: false };
const SERVER = { tools: tools.length, version: VERSION };

/** No program of a host on the PATH. */
function deps(machine: Machine, more: Partial<InitDeps> = {}): InitDeps {
  const limitsMs = { ownCommand: 20_000, proof: 40_000 };
  return { machine, key: undefined, limitsMs, mayReplace: async () => true, ...more };
}

describe('[M7] what init has written for a host', () => {
  it.each(HOSTS)('is started exactly as it stands there, and lists the tools: $title', async (host) => {
    const machine = aMachine();
    const outcome = await connectHost(host, { ...RELAY, allow: [machine.cwd] }, 'user', deps(machine));
    expect(outcome).toMatchObject({ host: host.name, action: 'added', server: SERVER });
    expect(outcome.by).toBeUndefined();
    // Listing the tools starts no queue: nothing but the settings was made in the home.
    expect(filesBelow(machine.home)).toEqual([path.relative(machine.home, outcome.file)]);
  });

  it.each(HOSTS.filter(({ shape }) => shape.http))(
    'is called at its address, where one was named: $title',
    async (host) => {
      const machine = aMachine();
      const outcome = await connectHost(host, { ...RELAY, url: http.current.url }, 'user', deps(machine));
      expect(outcome).toMatchObject({ action: 'added', server: SERVER });
      expect(readFileSync(outcome.file, 'utf8')).toContain(`${http.current.url}/mcp`);
    },
  );

  it('is a relay to the address for a host that calls none, and where folders may be read', () => {
    const url = 'https://queue.example:8000/';
    const args = [BUILT_MAIN, 'mcp', '--url', url];
    expect(entryFor(hostOf('claude-desktop').shape, { ...RELAY, url }).entry).toMatchObject({ args });
    const reading = entryFor(hostOf('cursor').shape, { ...RELAY, url, allow: ['/a', '/b'] }).entry;
    expect(reading).toMatchObject({ args: [...args, '--allow', '/a', '--allow', '/b'] });
    expect(entryFor(hostOf('cursor').shape, { ...RELAY, url }).entry).toEqual({
      url: 'https://queue.example:8000/mcp',
    });
  });

  it('is left alone where it says the same, replaced after a yes where it does not, and taken out once', async () => {
    const [machine, host] = [aMachine(), hostOf('zed')];
    const file = withFile(host, machine, '// mine\n{ "context_servers": { "pantry-queue": { "command": "old" } } }\n');
    const asked: string[] = [];
    const answering = (answer: boolean) =>
      deps(machine, { mayReplace: async ({ name }, place) => asked.push(name, place) > 0 && answer });
    const before = readFileSync(file, 'utf8');
    expect(await connectHost(host, RELAY, 'user', answering(false))).toMatchObject({ action: 'kept' });
    expect(readFileSync(file, 'utf8')).toBe(before);
    const replaced = await connectHost(host, RELAY, 'user', answering(true));
    expect(replaced).toMatchObject({ action: 'replaced', server: SERVER });
    expect(readFileSync(replaced.backup ?? '', 'utf8')).toBe(before);
    const again = await connectHost(host, RELAY, 'user', answering(false));
    expect(again).toMatchObject({ action: 'unchanged', server: SERVER });
    expect(asked).toEqual(['zed', file, 'zed', file]);
    expect(await disconnectHost(host, 'user', deps(machine))).toMatchObject({ action: 'removed' });
    expect(await disconnectHost(host, 'user', deps(machine))).toMatchObject({ action: 'absent' });
    expect(readFileSync(file, 'utf8')).toMatch(/^\/\/ mine\n/);
  });

  it('is in the file of the project where that is asked for', async () => {
    const machine = aMachine();
    const { file, server } = await connectHost(hostOf('codex'), RELAY, 'project', deps(machine));
    expect([file, server]).toEqual([path.join(machine.cwd, '.codex/config.toml'), SERVER]);
    await expect(connectHost(hostOf('windsurf'), RELAY, 'project', deps(machine))).rejects.toThrow(
      'Windsurf has no settings of a project',
    );
  });

  it('stays, and the person is told why it does not work, when it does not answer', async () => {
    const [machine, host] = [aMachine(), hostOf('cursor')];
    const broken = connectHost(host, { ...RELAY, script: '/nowhere/main.js' }, 'user', deps(machine));
    await expect(broken).rejects.toMatchObject({ code: 'part_failed' });
    await expect(broken).rejects.toThrow(
      /^Cursor is connected in .*mcp\.json, but what it starts does not work: it ended/,
    );
    expect(openHostFile(host, 'user', machine).entry).toMatchObject({ args: ['/nowhere/main.js', 'mcp'] });
  });
});

describe('[M7] a key', () => {
  it.each(HOSTS)('is never written, only the name of its variable where the host knows one: $title', async (host) => {
    const machine = aMachine({ PANTRY_QUEUE_KEY: 'pq_very_secret' });
    for (const url of [undefined, http.current.url]) {
      const { text } = entryToPaste(host, { ...RELAY, hasKey: true, url }, 'user', machine);
      expect(text).not.toContain('pq_very_secret');
      expect(text.includes('PANTRY_QUEUE_KEY')).toBe(host.shape.refersToKey);
    }
  });
});

describe('[M7] a file that holds the key', () => {
  it.each(HOSTS)(
    'is named by its path to a relay, which alone reads files, and the key is written nowhere: $title',
    (host) => {
      const machine = aMachine();
      const file = path.join(machine.home, 'queue.key');
      writeFileSync(file, 'pq_very_secret');
      for (const url of [undefined, 'https://queue.example:8000']) {
        const { text } = entryToPaste(host, { ...RELAY, url, keyFile: file }, 'user', machine);
        expect(text).not.toMatch(/pq_very_secret|Authorization|PANTRY_QUEUE_KEY/);
        expect(text).toContain('--key-file');
        expect(text).toContain(file);
      }
    },
  );
});

const OWN = HOSTS.filter(({ own }) => own);

/** A machine that has the program of a host, and a home where it says what it was called with. */
function machineWith(program: string, behavior?: string): Machine & { calls: () => string[][] } {
  const machine = aMachine();
  const bin = path.join(machine.home, 'bin');
  mkdirSync(bin);
  const file = path.join(bin, program);
  const source = readFileSync(path.join(import.meta.dirname, 'support/fake-host.mjs'), 'utf8');
  writeFileSync(path.join(bin, 'package.json'), '{"type": "module"}');
  writeFileSync(file, `#!${process.execPath}\n${source}`);
  chmodSync(file, 0o755);
  const env = { HOME: machine.home, PATH: `relative:${bin}`, ...(behavior ? { FAKE_HOST: behavior } : {}) };
  const log = path.join(machine.home, 'calls.jsonl');
  const calls = () =>
    existsSync(log)
      ? readFileSync(log, 'utf8')
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line))
      : [];
  return { ...machine, env, calls };
}

const ARGS = [BUILT_MAIN, 'mcp'];
/** By host: how its own program is told of a server, and to forget it. */
const CALLS: Readonly<Record<string, { add: readonly string[]; remove?: readonly string[] }>> = {
  'claude-code': {
    add: [
      ...['claude', 'mcp', 'add-json', '--scope', 'user', 'pantry-queue'],
      JSON.stringify({ type: 'stdio', command: process.execPath, args: ARGS }),
    ],
    remove: ['claude', 'mcp', 'remove', '--scope', 'user', 'pantry-queue'],
  },
  vscode: {
    add: [
      ...['code', '--add-mcp'],
      JSON.stringify({ name: 'pantry-queue', type: 'stdio', command: process.execPath, args: ARGS }),
    ],
  },
  codex: {
    add: ['codex', 'mcp', 'add', 'pantry-queue', '--', process.execPath, ...ARGS],
    remove: ['codex', 'mcp', 'remove', 'pantry-queue'],
  },
  gemini: {
    add: ['gemini', 'mcp', 'add', '--scope', 'user', 'pantry-queue', process.execPath, '--', ...ARGS],
    remove: ['gemini', 'mcp', 'remove', '--scope', 'user', 'pantry-queue'],
  },
};

describe('[M7] a host that adds servers by its own command', () => {
  it.each(OWN)('is told by it, and to forget the server where it can: $title', async (host) => {
    const machine = machineWith(host.program ?? '');
    const { add, remove } = CALLS[host.name] ?? { add: [] };
    const added = await connectHost(host, RELAY, 'user', deps(machine));
    expect(added).toMatchObject({
      action: 'added',
      by: host.own?.words,
      server: SERVER,
    });
    expect(machine.calls()).toEqual([add]);
    expect(await disconnectHost(host, 'user', deps(machine))).toMatchObject({ action: 'removed' });
    expect(machine.calls()).toEqual(remove ? [add, remove] : [add]);
    expect(openHostFile(host, 'user', machine).entry).toBeUndefined();
  });

  it.each(
    OWN.flatMap((host) =>
      ['refuses', 'lies'].map((behavior) => ({ host, behavior, title: `${host.title} ${behavior}` })),
    ),
  )('has its file edited when that command does not do it: $title', async ({ host, behavior }) => {
    const machine = machineWith(host.program ?? '', behavior);
    const outcome = await connectHost(host, RELAY, 'user', deps(machine));
    expect([outcome.action, outcome.by, outcome.server]).toEqual(['added', undefined, SERVER]);
    expect(machine.calls()).toHaveLength(1);
    expect(await disconnectHost(host, 'user', deps(machine))).toMatchObject({ action: 'removed' });
    expect(openHostFile(host, 'user', machine).entry).toBeUndefined();
  });

  it('has its file edited when that command hangs', async () => {
    const [machine, host] = [machineWith('claude', 'hangs'), hostOf('claude-code')];
    const limitsMs = { ownCommand: 1_000, proof: 40_000 };
    const outcome = await connectHost(host, RELAY, 'user', deps(machine, { limitsMs }));
    expect([outcome.action, outcome.by, outcome.server]).toEqual(['added', undefined, SERVER]);
  });

  it('is told to forget the old server first where it refuses a name that is taken', async () => {
    const [machine, host] = [machineWith('claude'), hostOf('claude-code')];
    withFile(host, machine, '{"mcpServers": {"pantry-queue": {"command": "old"}}, "projects": {}}');
    const outcome = await connectHost(host, RELAY, 'user', deps(machine));
    expect(outcome).toMatchObject({ action: 'replaced', by: 'claude mcp add-json', server: SERVER });
    expect(machine.calls().map(([, , verb]) => verb)).toEqual(['remove', 'add-json']);
  });

  it('is not asked to write the file of a project, where it may write the values of secrets', async () => {
    const machine = machineWith('claude');
    const outcome = await connectHost(hostOf('claude-code'), RELAY, 'project', deps(machine));
    expect([outcome.by, machine.calls()]).toEqual([undefined, []]);
  });
});
