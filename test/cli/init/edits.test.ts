import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Wish } from '../../../src/cli/init/connection.ts';
import { entryIn, withEntry, withoutEntry } from '../../../src/cli/init/edit.ts';
import { fileOf, openHostFile, saveEntry } from '../../../src/cli/init/host-file.ts';
import { HOSTS, type Host } from '../../../src/cli/init/hosts.ts';
import type { Machine } from '../../../src/cli/init/places.ts';
import { entryFor } from '../../../src/cli/init/shapes.ts';
import { documentsOf } from './support/documents.ts';
import { aMachine, filesBelow, hostOf, withFile } from './support/machine.ts';

const WISH: Wish = {
  command: '/opt/node 20/bin/node',
  script: 'C:\\pantry "queue"\\main.js',
  allow: ['/home/ä/My receipts', '/tmp/#1'],
  hasKey: true,
};

const entry = (host: Host) => entryFor(host.shape, WISH).entry;

const added = (host: Host, text: string) => withEntry(host.format, text, host.path, entry(host));

function save(host: Host, machine: Machine, how: 'add' | 'remove'): string | undefined {
  return saveEntry(host, openHostFile(host, 'user', machine), how === 'add' ? entry(host) : undefined);
}

/** The values of a file, with an entry of its own name aside, and empty tables left out. */
function othersIn({ format, path: keys }: Host, text: string): unknown {
  const plain = JSON.stringify(format.parse(text.replace('\ufeff', ''), keys) ?? {}, (_key, value) =>
    typeof value === 'bigint' || typeof value === 'number' ? String(value) : value,
  );
  const [table, name] = keys as unknown as [string, string];
  const { [table]: servers, ...rest } = JSON.parse(plain);
  const { [name]: _ours, ...others } = servers ?? {};
  return { ...rest, ...(Object.keys(others).length > 0 ? { [table]: others } : {}) };
}

/** What a line says, whether another follows it or not. */
const bare = (line: string) => line.replace(/,(?=\s*(?:\/\/.*)?\r?$)/, '').trim();

/** Lines of the text before that are not there any more, in their order. */
function lostLines(before: string, after: string): string[] {
  const lines = after.split('\n').map(bare);
  let from = 0;
  return before.split('\n').filter((line) => {
    const at = lines.indexOf(bare(line), from);
    if (at >= 0) from = at + 1;
    return at < 0;
  });
}

const cases = HOSTS.flatMap((host) =>
  Object.entries(documentsOf(host)).map(([name, text]) => ({ host, name, text, title: `${host.title}: ${name}` })),
);
/** Where the table stands in one line, that line has to change. */
const IN_LINE = /one line|an empty (object|table)|a null table|a flow table|ours alone, and a comma|odd names/;

describe('[M7] a settings file that a host has already', () => {
  it.each(cases)('gets the entry, and keeps everything else: $title', ({ host, name, text }) => {
    const after = added(host, text);
    expect(entryIn(host.format, after, host.path)).toEqual(entry(host));
    expect(othersIn(host, after)).toEqual(othersIn(host, text));
    if (!name.startsWith('ours') && !IN_LINE.test(name)) expect(lostLines(text, after)).toEqual([]);
    expect(after.startsWith('\ufeff')).toBe(text.startsWith('\ufeff'));
    if (text.includes('\r\n')) expect(after.replaceAll('\r\n', '')).not.toContain('\n');
  });

  it.each(cases)('is the same after the entry was written twice: $title', ({ host, text }) => {
    const once = added(host, text);
    expect(added(host, once)).toBe(once);
  });

  it.each(cases.filter(({ name }) => name !== 'a flow table'))(
    'has lost nothing else after the entry was taken out again: $title',
    ({ host, name, text }) => {
      const after = withoutEntry(host.format, added(host, text), host.path);
      expect(entryIn(host.format, after, host.path)).toBeUndefined();
      expect(othersIn(host, after)).toEqual(othersIn(host, text));
      const comments =
        text.match(/(?:#|\/\/)[^\r\n]*|\/\*[^*]*\*\//g)?.filter((comment) => !/ours/.test(comment)) ?? [];
      for (const comment of comments) expect(after).toContain(comment.trim());
      if (name === 'comments and other servers') expect(after).toBe(text);
    },
  );
});

describe('[M7] a settings file on the disk', () => {
  it.each(HOSTS)('is made with its folders, for this user alone, where $title has none', (host) => {
    const machine = aMachine();
    expect(save(host, machine, 'add')).toBeUndefined();
    const file = fileOf(host, 'user', machine);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(openHostFile(host, 'user', machine).entry).toEqual(entry(host));
    expect(filesBelow(machine.home)).toEqual([path.relative(machine.home, file)]);
  });

  it.each(HOSTS)('keeps its mode, and what it said before in a backup of the same mode: $title', (host) => {
    const machine = aMachine();
    const [text = ''] = Object.values(documentsOf(host)).slice(-1);
    const file = withFile(host, machine, text);
    chmodSync(file, 0o640);
    const backup = save(host, machine, 'add') ?? '';
    expect(readFileSync(backup, 'utf8')).toBe(text);
    expect(path.dirname(backup)).toBe(path.dirname(file));
    expect([file, backup].map((each) => statSync(each).mode & 0o777)).toEqual([0o640, 0o640]);
    expect(filesBelow(machine.home)).toHaveLength(2);
  });

  it.each(HOSTS)('stays a link, and what it leads to is edited: $title', (host) => {
    const machine = aMachine();
    const file = fileOf(host, 'user', machine);
    const kept = path.join(machine.cwd, 'kept');
    mkdirSync(path.dirname(file), { recursive: true });
    const [, text = ''] = Object.values(documentsOf(host));
    withFile({ ...host, userFiles: () => [kept] }, machine, text);
    symlinkSync(kept, file);
    const backup = save(host, machine, 'add');
    expect(lstatSync(file).isSymbolicLink()).toBe(true);
    expect(backup).toBe(`${kept}.pantry-queue.bak`);
    expect(openHostFile(host, 'user', machine).entry).toEqual(entry(host));
  });
});

describe('[M7] the settings of opencode', () => {
  const host = hostOf('opencode');

  it('are written in the form of version 2 where they have it', () => {
    const machine = aMachine();
    const file = withFile(host, machine, '{"mcp": {"servers": {"a": {"type": "local", "command": ["x"]}}}}');
    save(host, machine, 'add');
    expect(JSON.parse(readFileSync(file, 'utf8')).mcp.servers).toEqual({
      a: { type: 'local', command: ['x'] },
      'pantry-queue': entry(host),
    });
  });

  it('are written in the form of version 1 where a server is called "servers"', () => {
    const machine = aMachine();
    const file = withFile(host, machine, '{"mcp": {"servers": {"type": "local", "command": ["x"]}}}');
    save(host, machine, 'add');
    expect(Object.keys(JSON.parse(readFileSync(file, 'utf8')).mcp)).toEqual(['servers', 'pantry-queue']);
  });

  it('stay in the file with comments where that is the one that exists', () => {
    const machine = aMachine();
    const [json = '', withComments = ''] = host.userFiles({
      ...({} as Parameters<Host['userFiles']>[0]),
      config: (...names) => path.join(machine.home, '.config', ...names),
    });
    mkdirSync(path.dirname(withComments), { recursive: true });
    withFile({ ...host, userFiles: () => [withComments] }, machine, '// mine\n{}\n');
    save(host, machine, 'add');
    expect([existsSync(json), readFileSync(withComments, 'utf8').startsWith('// mine\n')]).toEqual([false, true]);
  });
});
