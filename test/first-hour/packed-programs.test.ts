import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureArtifact, findArtifact } from '../../scripts/artifacts.mjs';
import { cleanUp, processesOf } from '../embedded/support/running-up.ts';
import { officialFile } from '../mcp/support/official.ts';
import { type PackedApp, packedApp } from '../support/packed-app.ts';

let app: PackedApp;
/** Neither a checkout nor an installation is near: a folder of the system for temporary files, with `ü` and a blank. */
const dataDir = mkdtempSync(path.join(tmpdir(), 'pantry data ö-'));
beforeAll(() => {
  app = packedApp();
});
afterAll(async () => {
  await cleanUp(dataDir);
  for (const name of demos()) await cleanUp(path.join(path.dirname(dataDir), name));
  rmSync(dataDir, { recursive: true, force: true });
  app.remove();
});

const demos = () =>
  readdirSync(path.dirname(dataDir)).filter((name) => name.startsWith(`${path.basename(dataDir)}-demo`));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(node: string, args: readonly string[], input = ''): Promise<Ended> {
  const main = path.join(app.folder, 'node_modules/pantry-queue/dist/src/cli/main.js');
  const child = spawn(node, [main, ...args], {
    cwd: app.folder,
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', DATA_DIR: dataDir },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
    });
  }
  child.stdin.end(input);
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, ...said })));
}

const versionOf = (node: string) => execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();

/** Programs that npm brings for the tests; where there are none for this system, this process's own alone. */
async function nodes(): Promise<Map<string, string>> {
  const node22 = officialFile(`node_modules/node-${process.platform}-${process.arch}/bin/node`);
  const node24 = await ensureArtifact('node-24').catch(() => undefined);
  const programs = [process.execPath, node22, node24].filter((file) => file !== undefined && existsSync(file));
  return new Map(programs.map((file) => [versionOf(String(file)).split('.')[0] ?? '', String(file)]));
}
const programs = [...(await nodes())];

const message = (id: number, method: string, params: object) =>
  `${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`;
const HELLO = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '1' } };

/** What the demo has read, as people read it and, under every other Node, as programs do. */
const READ = {
  words(stdout: string) {
    expect(stdout).toContain('5 of 5 receipts read');
    expect(stdout).toContain('Contoso · 2019-06-10 · total 2516.28 USD');
  },
  json(stdout: string) {
    const { finished, receipts } = JSON.parse(stdout);
    expect(finished).toBe(5);
    expect(receipts).toContainEqual({
      file: 'contoso-receipt-2.jpg',
      job: expect.objectContaining({ result: expect.objectContaining({ total_amount: '2516.28' }) }),
    });
  },
} as const;

describe.each(programs.map(([version, node], at) => [version, node, at % 2 === 1] as const))(
  'the packed package in an empty folder under Node %s',
  { timeout: 300_000 },
  (_version, node, asJson) => {
    it('[H9] reads the shipped receipts with the demo, and leaves no process', async () => {
      const { code, stdout, stderr } = await run(node, ['demo', ...(asJson ? ['--json'] : [])]);
      expect({ code, stderr }).toMatchObject({ code: 0 });
      READ[asJson ? 'json' : 'words'](stdout);
      expect(demos()).toHaveLength(1);
      for (const name of demos()) expect(processesOf(path.join(path.dirname(dataDir), name))).toEqual([]);
    });

    it('[H6, H9] starts with up, tells programs where in one line of JSON, and stops when nothing is left to do', async () => {
      const { code, stdout, stderr } = await run(node, ['up', '--port', '0', '--exit-when-idle', '--json']);
      expect({ code, stderr }).toMatchObject({ code: 0 });
      const at = expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+/);
      expect(JSON.parse(stdout)).toMatchObject({ url: at, mcp_url: at, agent_url: at, data_dir: dataDir });
      expect(stdout).not.toMatch(/postgres|password|pq_/);
      expect(processesOf(dataDir)).toEqual([]);
    });

    it('[H9] lists its tools over MCP', async () => {
      const input =
        message(1, 'initialize', HELLO) +
        `${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' })}\n` +
        message(2, 'tools/list', {});
      const { stdout } = await run(node, ['mcp'], input);
      const answers = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      const tools = answers.find(({ id }) => id === 2)?.result.tools.map((tool: { name: string }) => tool.name);
      expect(tools).toContain('enqueue_ocr');
      expect(tools.length).toBeGreaterThan(10);
    });
  },
);

describe('an installation that depends on pantry-queue alone', () => {
  it('[H9] keeps native code for this system only, below 300 MB with all its packages', () => {
    expect(findArtifact('ocr-runtime')).toBeDefined();
    const releases = path.join(app.folder, 'node_modules/@temporalio/core-bridge/releases');
    expect(readdirSync(releases)).toHaveLength(1);
    const [kilobytes = ''] = execFileSync('du', ['-sk', path.join(app.folder, 'node_modules')], {
      encoding: 'utf8',
    }).split('\t');
    expect(Number(kilobytes) / 1024).toBeLessThan(300);
  });
});
