import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { cp } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fetchByDownload } from '../../scripts/artifacts/download.mjs';
import { buildByGo } from '../../scripts/artifacts/go.mjs';
import { artifacts, cacheDir, ensureArtifact, findArtifact } from '../../scripts/artifacts.mjs';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'pantry-queue-artifacts-'));
  vi.stubEnv('PATH', folder);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

function program(name: string, says: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, `#!/bin/sh\necho '${says}'\n`);
  chmodSync(file, 0o755);
  return file;
}

describe('finding the Temporal test server', () => {
  it('takes TEMPORAL_TEST_SERVER_PATH, and none that happens to be on PATH', () => {
    vi.stubEnv('PANTRY_QUEUE_CACHE', path.join(folder, 'empty'));
    program('temporal-test-server', 'a server of somebody');
    expect(findArtifact('temporal-test-server')).toBeUndefined();
    const chosen = program('my-test-server', 'a server');
    vi.stubEnv('TEMPORAL_TEST_SERVER_PATH', chosen);
    expect(findArtifact('temporal-test-server')).toBe(chosen);
  });
});

describe('finding the Temporal CLI', () => {
  it('takes TEMPORAL_CLI_PATH before everything else', () => {
    program('temporal', 'temporal version 1.9.1 (Server 1.32.0)');
    const chosen = program('my-temporal', 'temporal version 1.9.4 (Server 1.33.0)');
    vi.stubEnv('TEMPORAL_CLI_PATH', chosen);
    expect(findArtifact('temporal-cli')).toBe(chosen);
  });

  it('says which variable is wrong when TEMPORAL_CLI_PATH names no program', async () => {
    vi.stubEnv('TEMPORAL_CLI_PATH', '/no/such/temporal');
    await expect(ensureArtifact('temporal-cli')).rejects.toThrow(/TEMPORAL_CLI_PATH is "\/no\/such\/temporal"/);
  });

  it('takes one on PATH that is new enough', () => {
    expect(findArtifact('temporal-cli')).not.toBe(path.join(folder, 'temporal'));
    const found = program('temporal', 'temporal version 1.10.0 (Server 1.33.0)');
    expect(findArtifact('temporal-cli')).toBe(found);
  });

  it.each(['temporal version 1.8.2 (Server 1.31.0)', 'temporal version 0.13.2', 'no version at all'])(
    'passes over one on PATH that says "%s", and says so',
    (says) => {
      const old = program('temporal', says);
      const said: string[] = [];
      vi.stubEnv('PANTRY_QUEUE_CACHE', path.join(folder, 'empty'));
      expect(findArtifact('temporal-cli', { log: (sentence) => said.push(sentence) })).toBeUndefined();
      expect(said.join()).toContain(old);
    },
  );
});

describe('the cache', () => {
  it('follows PANTRY_QUEUE_CACHE, then XDG_CACHE_HOME', () => {
    vi.stubEnv('XDG_CACHE_HOME', '/xdg');
    expect(cacheDir()).toBe('/xdg/pantry-queue');
    vi.stubEnv('PANTRY_QUEUE_CACHE', '/here');
    expect(cacheDir()).toBe('/here');
  });

  it('accepts model files placed by hand, and refuses them once one is cut short', async () => {
    const real = await ensureArtifact('ocr-models');
    vi.stubEnv('PANTRY_QUEUE_CACHE', folder);
    const placed = path.join(folder, 'ocr-models');
    await cp(real, placed, { recursive: true, filter: (source) => !source.endsWith('.json') });
    expect(findArtifact('ocr-models')).toBeUndefined();
    expect(await ensureArtifact('ocr-models')).toBe(placed);
    expect(findArtifact('ocr-models')).toBe(placed);
    truncateSync(path.join(placed, 'PP-OCRv6_det_small.onnx'), 100);
    expect(findArtifact('ocr-models')).toBeUndefined();
  });

  it('does not know what is not in the table', async () => {
    // @ts-expect-error the name is wrong on purpose
    await expect(ensureArtifact('postgres')).rejects.toThrow(/no artifact "postgres"; known are temporal-cli/);
  });

  it('has a checksum for each file or each platform of every source', () => {
    // Of packages of npm only this system's files are listed.
    const { 'ocr-runtime': runtime, 'node-24': node, ...others } = artifacts;
    expect(JSON.stringify([runtime, node]).match(/"[0-9a-f]{64}"/g)?.length).toBeGreaterThan(1);
    const text = JSON.stringify(others);
    const hashes = text.match(/"[0-9a-f]{60,}"/g) ?? [];
    expect(hashes.length).toBe(35);
    for (const hash of hashes) expect(hash).toMatch(/^"[0-9a-f]{64}"$/);
  });
});

describe('a machine without internet', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it.each([
    ['temporal-cli', 'TEMPORAL_CLI_PATH', '.+ cannot be reached .*; '],
    ['temporal-test-server', 'TEMPORAL_TEST_SERVER_PATH', '.+ cannot be reached .*; '],
    ['seaweedfs', 'WEED_PATH', ''],
  ] as const)('is told why each source of %s failed, and how to get it by hand', async (name, variable, publisher) => {
    vi.stubEnv('PANTRY_QUEUE_CACHE', path.join(folder, 'empty'));
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('fetch failed')));
    const { title, version } = artifacts[name];
    await expect(ensureArtifact(name)).rejects.toThrow(
      new RegExp(
        `^${title} ${version} is missing and could not be fetched: ${publisher}Python with pip was not found .+` +
          `Run this again when online, or: .*set ${variable} to the program\\.$`,
      ),
    );
  });
});

describe('a download', () => {
  const hashOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
  let content: Buffer;
  let sha256: string;
  let server: Server;
  let url: string;

  beforeEach(async () => {
    content = Buffer.from('the real file');
    sha256 = hashOf(content);
    server = createServer((request, response) => {
      if (request.url === '/missing') response.writeHead(404).end('no');
      else response.end(content);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterEach(() => new Promise((resolve) => server.close(resolve)));

  const download = (address: string, expected: string) =>
    fetchByDownload(
      { urls: () => [address] },
      { artifact: { files: [{ name: 'model', sha256: expected }] }, platform: 'any', folder, log: () => {} },
    );

  it('is kept when its checksum is right', async () => {
    await download(url, sha256);
    expect(readFileSync(path.join(folder, 'model'))).toEqual(content);
  });

  it('of an archive that holds one folder gives the files of that folder', async () => {
    vi.unstubAllEnvs(); // tar is found by PATH
    mkdirSync(path.join(folder, 'server_1.2_linux'));
    writeFileSync(path.join(folder, 'server_1.2_linux', 'server'), 'the program');
    const archive = path.join(folder, 'server.tar.gz');
    execFileSync('tar', ['-czf', archive, '-C', folder, 'server_1.2_linux']);
    content = readFileSync(archive);
    const to = path.join(folder, 'unpacked');
    await fetchByDownload(
      { archive: 'tar.gz', inFolder: true, urls: () => [url], sha256: { any: hashOf(content) } },
      { artifact: { files: [{ name: 'server' }] }, platform: 'any', folder: to, log: () => {} },
    );
    expect(readFileSync(path.join(to, 'server'), 'utf8')).toBe('the program');
  });

  it('is thrown away when its checksum is wrong', async () => {
    await expect(download(url, 'f'.repeat(64))).rejects.toThrow(`sha256 ${sha256}, expected ffff`);
    expect(existsSync(path.join(folder, 'model'))).toBe(false);
  });

  it('names the answer of a server that refuses', async () => {
    await expect(download(`${url}/missing`, sha256)).rejects.toThrow(/answered 404/);
  });

  it('asks an unreachable address once in a run', async () => {
    await new Promise((resolve) => server.close(resolve));
    await expect(download(url, sha256)).rejects.toThrow(/cannot be reached \(ECONNREFUSED\)/);
    await expect(download(url, sha256)).rejects.toThrow(/cannot be reached$/);
  });
});

describe('a build by Go', () => {
  const source = {
    module: 'temporal-server',
    packages: { server: 'example.org/server', tool: 'example.org/tool' },
    minutes: 1,
  };
  const build = (script: string) => {
    writeFileSync(path.join(folder, 'go'), `#!/bin/sh\n${script}\n`);
    chmodSync(path.join(folder, 'go'), 0o755);
    return buildByGo(source, { folder, log: () => {}, places: [] });
  };
  const goOf = (name: string) =>
    readFileSync(path.join(import.meta.dirname, '../../scripts/artifacts/temporal-server', name), 'utf8');

  it('makes each program from the pinned module, without C and without changing its checksums', async () => {
    vi.stubEnv('GOFLAGS', '-mod=mod');
    expect(await build('echo "$(/bin/pwd) $CGO_ENABLED $GOFLAGS $*" > "$7"')).toBe(folder);
    const module = path.resolve(import.meta.dirname, '../../scripts/artifacts/temporal-server');
    for (const [program, name] of Object.entries(source.packages)) {
      expect(readFileSync(path.join(folder, program), 'utf8')).toBe(
        `${module} 0  build -trimpath -buildvcs=false -mod=readonly -ldflags=-s -w -o ${path.join(folder, program)} ${name}\n`,
      );
    }
  });

  it('is told to be impossible without Go, and in Go’s last words when Go refuses', async () => {
    await expect(buildByGo(source, { folder, log: () => {}, places: [] })).rejects.toThrow('Go was not found');
    await expect(build('echo first >&2; echo "go.mod requires go >= 1.26.8" >&2; exit 1')).rejects.toThrow(
      'Go could not build example.org/server (go.mod requires go >= 1.26.8)',
    );
  });

  it('is pinned to the version that the table names, by checksum', () => {
    const { version } = artifacts['temporal-server'];
    expect(goOf('go.mod')).toMatch(new RegExp(`^\\s*(require )?go\\.temporal\\.io/server v${version}`, 'm'));
    expect(goOf('go.sum')).toMatch(new RegExp(`^go\\.temporal\\.io/server v${version} h1:[A-Za-z0-9+/]{43}=$`, 'm'));
  });
});
