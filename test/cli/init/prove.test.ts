import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { describe, expect, it, onTestFinished } from 'vitest';
import { prove } from '../../../src/cli/init/prove.ts';

const LIMIT_MS = 20_000;
const deps = (limitMs = LIMIT_MS) => ({ env: { SECRET: 'x' }, home: tmpdir(), limitMs, key: undefined });

/** A program that is this script. */
const running = (script: string, limitMs?: number) =>
  prove({ command: process.execPath, args: ['-e', script], env: { GIVEN: 'y' } }, deps(limitMs));

const ANSWERING = `
  const send = (id, result) => console.log(JSON.stringify({ jsonrpc: '2.0', id, result }));
  require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
    const { id, method } = JSON.parse(line);
    if (method === 'initialize') send(id, { serverInfo: { version: VERSION } });
    if (method === 'tools/list') send(id, { tools: [{ name: 'a' }, { name: 'b' }] });
  });`;

/** By what a program does: what the person is told. */
const FAULTS: Readonly<Record<string, readonly [script: string, says: RegExp]>> = {
  'ends with a reason': [
    'console.error("x"); console.error("no such module"); process.exit(3)',
    /\(exit code 3\): no such module$/,
  ],
  'ends without a reason': ['', /ended at once \(exit code 0\)$/],
  'answers what is none of MCP': [
    'process.stdin.once("data", () => console.log(JSON.stringify({ id: 1, result: {} }))); process.stdin.on("data", () => console.log(JSON.stringify({ id: 2, error: {} })))',
    /none of an MCP server$/,
  ],
  'writes without end': ['setInterval(() => process.stdout.write("x".repeat(1e6)), 1)', /writes more than an answer$/],
  'writes a line without end': [
    'process.stdout.write("{".repeat(5e6)); setInterval(() => {}, 1e5)',
    /writes more than an answer$/,
  ],
};

describe('[M7] the proof of a written command', () => {
  it('counts its tools, whatever else it writes', async () => {
    const script = ANSWERING.replace('VERSION', '"1.2.3"');
    const noisy = `console.log('hello'); console.log('{"id": "x"}'); console.log('[1]'); console.error('y');${script}`;
    expect(await running(noisy)).toEqual({ tools: 2, version: '1.2.3' });
  });

  it('gives it the environment of a desktop program and of its entry, and nothing of a shell', async () => {
    const script = ANSWERING.replace('VERSION', 'Object.keys(process.env).sort().join()');
    const { version } = await running(script);
    expect(version.split(',')).toEqual(expect.arrayContaining(['GIVEN', 'HOME']));
    expect(version).not.toContain('SECRET');
  });

  it.each(Object.entries(FAULTS))('says why a program is no server that %s', async (_name, [script, says]) => {
    await expect(running(script)).rejects.toMatchObject({ name: 'NotProven', message: expect.stringMatching(says) });
  });

  it('says so when a program does not answer in time, and ends it', async () => {
    await expect(running('setInterval(() => {}, 1e5)', 300)).rejects.toThrow('it did not answer within 0.3 s');
  });

  it.each(['/nowhere/node', '/dev/null', '/dev/null/node'])('says that %s cannot be started', async (command) => {
    await expect(prove({ command, args: [], env: {} }, deps())).rejects.toThrow(/^it cannot be started \(E[A-Z]+\)$/);
  });
});

async function serving(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
}

describe('[M7] the proof of an address', () => {
  it('says what it answers when that is an error', async () => {
    const url = await serving((_request, response) => response.writeHead(401).end());
    await expect(prove({ url }, deps())).rejects.toThrow(`${url} answers 401`);
  });

  it('says that it is no MCP server when it answers something else', async () => {
    const url = await serving((_request, response) => response.end('<html>'));
    await expect(prove({ url }, deps())).rejects.toThrow('none of an MCP server');
  });

  it('says so when nothing answers there, or not in time', async () => {
    const url = await serving(() => undefined);
    await expect(prove({ url }, deps(300))).rejects.toThrow(`${url} does not answer in time`);
    await expect(prove({ url: 'http://127.0.0.1:9/mcp' }, deps())).rejects.toThrow(
      'http://127.0.0.1:9/mcp cannot be reached',
    );
  });
});
