import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tools } from '../../mcp/tools/index.ts';
import { zip } from '../../scripts/mcpb/zip.ts';
import { release } from '../../scripts/mcpb.ts';

/** By another hand than ours. */
const unzip = (archive: string, folder: string) => execFileSync('python3', ['-m', 'zipfile', '-e', archive, folder]);

const read = (file: string) => JSON.parse(readFileSync(file, 'utf8'));
const project = read(path.resolve(import.meta.dirname, '../../package.json'));

/** What a document breaks of a schema that others have published. */
function faultsOf(schema: string, document: unknown): unknown {
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  const isValid = ajv.compile(read(path.join(import.meta.dirname, 'schemas', schema)));
  return isValid(document) ? [] : isValid.errors;
}

let root = '';
let files = { bundle: '', serverJson: '' };
const unpacked = (...names: string[]) => path.join(root, 'unpacked', ...names);
beforeAll(async () => {
  root = mkdtempSync(path.join(tmpdir(), 'pantry-mcpb-'));
  files = await release(path.join(root, 'release'));
  unzip(files.bundle, unpacked());
  mkdirSync(path.join(root, 'empty'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Answer {
  readonly id: number;
  readonly result: {
    readonly serverInfo?: { version: string };
    readonly tools?: readonly { name: string }[];
    readonly structuredContent?: { summary: string; hint: string };
  };
}

const INITIALIZE = {
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
};

/** Starts the bundle as its manifest says, with nothing filled in, in an empty folder and a bare environment. */
function ask(...requests: readonly object[]): { answers: Answer[]; stderr: string } {
  const { mcp_config: config } = read(unpacked('manifest.json')).server;
  const args = config.args.map((arg: string) => arg.replace(`\${__dirname}`, unpacked()));
  const input = requests.map((request, at) => JSON.stringify({ jsonrpc: '2.0', id: at + 1, ...request })).join('\n');
  const empty = path.join(root, 'empty');
  const { stdout, stderr } = spawnSync(process.execPath, args, {
    input,
    cwd: empty,
    env: { HOME: empty, ...config.env },
    encoding: 'utf8',
  });
  return {
    answers: stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
    stderr,
  };
}

describe('[M7] the bundle of the relay', () => {
  it('lists every tool in an empty folder, with no package beside it', () => {
    const { answers, stderr } = ask(INITIALIZE, { method: 'tools/list' });
    expect(answers.map(({ id }) => id)).toEqual([1, 2]);
    expect(answers[0]?.result.serverInfo?.version).toBe(project.version);
    expect(answers[1]?.result.tools?.map(({ name }) => name)).toEqual(tools.map(({ name }) => name));
    expect(stderr).toBe('');
    expect(readdirSync(path.join(root, 'empty'))).toEqual([]);
  });

  it('says how to start a queue where none runs, and starts none', () => {
    const { answers } = ask(INITIALIZE, { method: 'tools/call', params: { name: 'queue_info', arguments: {} } });
    expect(answers[1]?.result.structuredContent?.summary).toMatch(/^queue_unreachable: No queue runs here/);
    expect(answers[1]?.result.structuredContent?.hint).toContain('npx pantry-queue up');
    expect(readdirSync(path.join(root, 'empty'))).toEqual([]);
  });

  it('is a manifest that its schema allows, the licenses of what is in it, and no native file', () => {
    const manifest = read(unpacked('manifest.json'));
    expect(faultsOf('mcpb-manifest-0.3.json', manifest)).toEqual([]);
    expect(manifest).toMatchObject({ version: project.version, tools: tools.map(({ name }) => ({ name })) });
    expect(manifest.user_config).toMatchObject({
      allowed_directories: { type: 'directory', multiple: true },
      queue_key: { sensitive: true },
    });
    const names = readdirSync(unpacked(), { recursive: true, encoding: 'utf8' }).sort();
    const known = ['LICENSE', 'THIRD-PARTY-LICENSES.txt', 'manifest.json', 'package.json', 'server', 'server/index.js'];
    expect(names).toEqual(known);
    for (const name of ['zod', 'pino', '@modelcontextprotocol/server'])
      expect(readFileSync(unpacked('THIRD-PARTY-LICENSES.txt'), 'utf8')).toMatch(new RegExp(`^${name} \\d`, 'm'));
  });

  it('is small: at most 0.5 MB to download, and 2 MB unpacked', () => {
    expect(statSync(files.bundle).size).toBeLessThan(500_000);
    expect(statSync(unpacked('server', 'index.js')).size).toBeLessThan(2_000_000);
  });

  it('has the same bytes each time it is made', async () => {
    const again = await release(path.join(root, 'again'));
    expect(readFileSync(again.bundle).equals(readFileSync(files.bundle))).toBe(true);
  });
});

describe('[M7] the entry of the MCP registry', () => {
  it('is what its schema allows, and says the version and the names of the package', () => {
    const entry = read(files.serverJson);
    expect(faultsOf('server-2025-12-11.json', entry)).toEqual([]);
    expect(entry).toMatchObject({ name: project.mcpName, version: project.version });
    const [npm, mcpb] = entry.packages;
    expect(npm).toMatchObject({ registryType: 'npm', identifier: project.name, version: project.version });
    expect(mcpb.identifier).toMatch(new RegExp(`/v${project.version}/${path.basename(files.bundle)}$`));
    expect(mcpb.fileSha256).toBe(createHash('sha256').update(readFileSync(files.bundle)).digest('hex'));
  });

  it('is refused by its schema when it says too much or too little', () => {
    const { description: _left, ...without } = read(files.serverJson);
    expect(faultsOf('server-2025-12-11.json', without)).not.toEqual([]);
    expect(faultsOf('server-2025-12-11.json', { ...without, description: 'x'.repeat(101) })).not.toEqual([]);
    expect(faultsOf('mcpb-manifest-0.3.json', { ...read(unpacked('manifest.json')), more: 1 })).not.toEqual([]);
  });
});

describe('a zip archive', () => {
  it('is read by others with every name and byte', () => {
    const contents = { 'a.txt': 'a', 'ä/b c.txt': '', 'x/y/z.bin': '\0\xff'.repeat(100_000) };
    const entries = Object.entries(contents).map(([name, text]) => ({ name, content: Buffer.from(text, 'latin1') }));
    const archive = path.join(root, 'some.zip');
    writeFileSync(archive, zip(entries));
    unzip(archive, path.join(root, 'some'));
    for (const { name, content } of entries)
      expect(readFileSync(path.join(root, 'some', name)).equals(content)).toBe(true);
  });
});
