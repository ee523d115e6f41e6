import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { choosePorts } from '../../src/embedded/ports.ts';
import { embeddedSettings } from '../../src/embedded/settings.ts';

let folder = '';
const listeners: Server[] = [];
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'pantry-ports-'));
});
afterEach(async () => {
  for (const listener of listeners.splice(0)) await new Promise((resolve) => listener.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

const choose = (requested: number) => choosePorts(path.join(folder, 'ports.json'), requested, '127.0.0.1');

async function occupy(port: number): Promise<void> {
  const listener = createServer().listen(port, '127.0.0.1');
  listeners.push(listener);
  await new Promise((resolve, reject) => listener.once('listening', resolve).once('error', reject));
}

describe('the ports', () => {
  it('are free, all different, and the same the next time', async () => {
    const ports = await choose(0);
    expect(new Set(Object.values(ports)).size).toBe(6);
    expect(await choose(0)).toEqual(ports);
  });

  it('give way one by one where something else listens by now', async () => {
    const ports = await choose(0);
    await occupy(ports.postgres);
    const next = await choose(0);
    expect(next.postgres).not.toBe(ports.postgres);
    expect({ ...next, postgres: 0 }).toEqual({ ...ports, postgres: 0 });
  });

  it('refuse a named one that is taken, with the way out', async () => {
    const { server } = await choose(0);
    await occupy(server);
    await expect(choose(server)).rejects.toMatchObject({
      code: 'port_taken',
      message: `Port ${server} on 127.0.0.1 is used by another program.`,
      hint: expect.stringContaining('--port 0'),
    });
  });
});

describe('the environment of up', () => {
  it('has defaults, and takes an empty variable for one that is not set', () => {
    const defaults = { host: '127.0.0.1', port: 8000, auth: 'open', agentUrl: undefined, agentLanes: 1 };
    expect(embeddedSettings({})).toEqual(defaults);
    expect(embeddedSettings({ PORT: '', AGENT_URL: '' })).toEqual(defaults);
    expect(embeddedSettings({ AGENT_URL: 'http://agent:9000' }).agentUrl).toBe('http://agent:9000');
  });

  it.each([
    ['PORT', 'eighty'],
    ['PORT', '65536'],
    ['AGENT_URL', 'not an address'],
    ['AGENT_LANES', '0'],
    ['AUTH', 'none'],
  ])('names %s when it is %j', (name, value) => {
    expect(() => embeddedSettings({ [name]: value })).toThrow(name);
  });
});
