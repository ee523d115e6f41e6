import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileOf, openHostFile, saveEntry } from '../../../src/cli/init/host-file.ts';
import { HOSTS, type Host } from '../../../src/cli/init/hosts.ts';
import type { Machine } from '../../../src/cli/init/places.ts';
import { entryFor } from '../../../src/cli/init/shapes.ts';
import { isAppError } from '../../../src/contract/errors.ts';
import { aMachine, filesBelow, hostOf, withFile } from './support/machine.ts';

const entry = (host: Host) =>
  entryFor(host.shape, { command: '/bin/node', script: '/main.js', allow: [], hasKey: false }).entry;

/** What a person is told whose file is left alone. */
function refusal(host: Host, machine: Machine, wanted: 'add' | 'remove' = 'add'): string {
  try {
    saveEntry(host, openHostFile(host, 'user', machine), wanted === 'add' ? entry(host) : undefined);
  } catch (error) {
    if (isAppError(error) && error.code === 'invalid_argument') return `${error.message} ${error.hint}`;
    throw error;
  }
  throw new Error('It was written.');
}

const deep = (open: string, close: string) => open.repeat(100_000) + close.repeat(100_000);

/** By host: what stands in the file, and what the refusal says of it. */
const BROKEN: Readonly<Record<string, readonly (readonly [name: string, text: string, says: string])[]>> = {
  cursor: [
    ['a brace is missing', '{\n  "mcpServers": {\n    "a": {}\n', '(line 4)'],
    ['a comma is missing', '{\n  "a": 1\n  "b": 2\n}', 'comma expected (line 3)'],
    ['text behind its end', '{}\nhello', 'invalid symbol (line 2)'],
    ['a list', '[]', 'the document is not a table'],
    ['a text', '"mcpServers"', 'the document is not a table'],
    ['a list of servers', '{"mcpServers": []}', 'mcpServers is not a table'],
    ['a number for servers', '{"mcpServers": 3}', 'mcpServers is not a table'],
    ['null for servers', '{"mcpServers": null}', 'cannot be edited safely'],
    ['servers twice', '{\n"mcpServers": {},\n"mcpServers": {}}', '"mcpServers" stands there twice (line 3)'],
    ['ours twice', '{"mcpServers": {"pantry-queue": {"a": 1},\n"pantry-queue": {}}}', 'stands there twice (line 2)'],
    ['100,000 lists in each other', `{"a": ${deep('[', ']')}}`, 'nested too deeply'],
    ['a merge conflict', '<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> x\n', '(line 1)'],
  ],
  codex: [
    ['no value', 'a = 1\nb =\n', '(line 2)'],
    ['a key twice', 'a = 1\n\na = 2\n', '(line 3)'],
    ['a table twice', '[mcp_servers.a]\n[mcp_servers.a]\n', '(line 2)'],
    ['a list of servers', 'mcp_servers = []', 'mcp_servers is not a table'],
    ['servers in one line', 'mcp_servers = { a = { command = "x" } }\n', 'cannot be edited safely'],
    ['ours in dotted keys', '[mcp_servers]\npantry-queue.command = "x"\n', 'cannot be edited safely'],
    ['ours in one line', '[mcp_servers]\npantry-queue = { command = "x" }\n', 'cannot be edited safely'],
    [
      'a text that looks like our table',
      '[mcp_servers]\npantry-queue.args = ["""\n[mcp_servers.pantry-queue]\n"""]\n',
      'cannot be edited safely',
    ],
    ['100,000 lists in each other', `a = ${deep('[', ']')}`, 'nested structures'],
  ],
  goose: [
    ['a tab as indent', 'extensions:\n\ta: 1\n', '(line 2)'],
    ['a key twice', 'extensions:\n  a: 1\n  a: 2\n', '(line 3)'],
    ['a quote without its end', 'a: "x\nb: 1\n', '(line'],
    ['a list', '- a\n- b\n', 'the document is not a table'],
    ['a list of extensions', 'extensions:\n  - a\n', 'extensions is not a table'],
    ['two documents', 'a: 1\n---\nb: 2\n', '(line'],
    [
      'aliases of aliases',
      `a: &a [${'x,'.repeat(99)}]\nb: &b [${'*a,'.repeat(99)}]\nc: [${'*b,'.repeat(99)}]\n`,
      'aliases',
    ],
    ['a document in braces', '{a: 1, b: 2}\n', 'cannot be edited safely'],
    ['extensions that stand for others', 'a: &a {x: {cmd: y}}\nextensions: *a\n', 'cannot be edited safely'],
  ],
};

const broken = Object.entries(BROKEN).flatMap(([host, rows]) =>
  rows.map(([name, text, says]) => ({ host: hostOf(host), name, text, says, title: `${host}: ${name}` })),
);

describe('[M7] a settings file that cannot be edited safely', () => {
  it.each(broken)('is left as it is, and its owner is told where it is broken: $title', ({ host, text, says }) => {
    const machine = aMachine();
    const file = withFile(host, machine, text);
    const told = refusal(host, machine);
    expect(told).toContain(`${file} was not changed: `);
    expect(told).toContain(says);
    expect(told).toContain(`pantry-queue init ${host.name} --print`);
    expect(readFileSync(file, 'utf8')).toBe(text);
    expect(filesBelow(machine.home)).toHaveLength(1);
  });

  it('keeps an entry of ours in a flow table, since taking it out may take out more', () => {
    const machine = aMachine();
    const host = hostOf('goose');
    const text = 'extensions: {a: {cmd: x}, pantry-queue: {cmd: y}} # c\n';
    const file = withFile(host, machine, text);
    expect(refusal(host, machine, 'remove')).toContain('cannot be edited safely');
    expect(readFileSync(file, 'utf8')).toBe(text);
  });
});

type Spoil = (file: string) => void;

/** What may stand in a file's place, and how the refusal names it. */
const SPOILED: Readonly<Record<string, readonly [says: string, spoil: Spoil]>> = {
  'a read-only file': [
    'is read-only',
    (file) => {
      writeFileSync(file, '');
      chmodSync(file, 0o444);
    },
  ],
  'a read-only folder': [
    'is read-only',
    (file) => {
      writeFileSync(file, '');
      chmodSync(path.dirname(file), 0o555);
    },
  ],
  'a folder': ['it is no file', (file) => mkdirSync(file)],
  'a device': ['it is no file', (file) => symlinkSync('/dev/null', file)],
  'a link to nothing': ['a file that does not exist', (file) => symlinkSync(path.join(file, '..', 'nothing'), file)],
  'a link to itself': ['a file that does not exist', (file) => symlinkSync(file, file)],
  'UTF-16': ['not written in UTF-8', (file) => writeFileSync(file, Buffer.from('\ufeff{}', 'utf16le'))],
  'broken UTF-8': ['not written in UTF-8', (file) => writeFileSync(file, Buffer.from([0x7b, 0xff, 0x7d]))],
};

const spoiled = HOSTS.flatMap((host) =>
  Object.entries(SPOILED).map(([name, [says, spoil]]) => ({ host, says, spoil, title: `${host.title}: ${name}` })),
);

describe('[M7] what cannot be written', () => {
  it.each(spoiled)('is named, and nothing is left beside it: $title', ({ host, says, spoil }) => {
    const machine = aMachine();
    const file = fileOf(host, 'user', machine);
    mkdirSync(path.dirname(file), { recursive: true });
    spoil(file);
    expect(refusal(host, machine)).toContain(says);
    chmodSync(path.dirname(file), 0o755);
    expect(filesBelow(machine.home).filter((name) => /\.(tmp|bak)$/.test(name))).toEqual([]);
  });

  it('is a file below a file', () => {
    const machine = aMachine();
    writeFileSync(path.join(machine.home, '.cursor'), '');
    expect(refusal(hostOf('cursor'), machine)).toContain('a part of its path is a file');
  });

  it('is a file that another program has changed since it was read', () => {
    const machine = aMachine();
    const host = hostOf('claude-code');
    const file = withFile(host, machine, '{"a": 1}');
    const read = openHostFile(host, 'user', machine);
    writeFileSync(file, '{"a": 2}');
    expect(() => saveEntry(host, read, entry(host))).toThrow('another program has changed it meanwhile');
    expect(readFileSync(file, 'utf8')).toBe('{"a": 2}');
  });
});
