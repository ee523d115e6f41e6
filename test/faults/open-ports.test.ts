import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OwnerRecord } from '../../src/embedded/owner-file.ts';
import { listenersOf, unixListenersOf } from '../embedded/support/listeners.ts';
import { type RunningUp, startUp } from '../support/running-up.ts';

const portOf = (url: string) => Number(new URL(url.includes('://') ? url : `http://${url}`).port);
/** A user of the system who is neither root nor the owner of the queue. */
const STRANGER = { uid: 65_534, gid: 65_534 };
const isRoot = process.getuid?.() === 0;

describe.skipIf(process.platform !== 'linux')(
  '[S4] a queue on a machine with several users',
  { timeout: 180_000 },
  () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'pantry-ports-'));
    let up: RunningUp | undefined;
    let owner: OwnerRecord;
    beforeAll(async () => {
      // The folder above is open, so that what keeps strangers out is the data folder's own mode.
      chmodSync(folder, 0o755);
      const keys = `a:${randomBytes(32).toString('base64')}`;
      up = await startUp(path.join(folder, 'data'), { AUTH: 'required', PAYLOAD_KEYS: keys });
      owner = await up.owner();
    }, 180_000);
    afterAll(async () => {
      await up?.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    const openOf = (pid: number) => listenersOf(pid).map(({ host, port }) => `${host}:${port}`);
    const pidOf = (role: string) => owner.processes.find((each) => each.role === role)?.pid ?? 0;

    it('[S4] opens exactly the ports that it names, all of them on loopback', () => {
      const local = (url: string) => [`127.0.0.1:${portOf(url)}`];
      expect(openOf(owner.pid)).toEqual(local(owner.temporal.ui));
      expect(openOf(pidOf('postgres'))).toEqual(local(owner.database_url));
      expect(openOf(pidOf('server'))).toEqual(local(owner.url));
      expect(openOf(pidOf('agent'))).toEqual(local(owner.agent_url));
      expect(openOf(pidOf('worker'))).toEqual([]);
      const temporal = listenersOf(pidOf('temporal'));
      expect(temporal).toContainEqual({ host: '127.0.0.1', port: portOf(owner.temporal.address) });
      expect(temporal.filter(({ host }) => !host.startsWith('127.'))).toEqual([]);
      const sockets = owner.processes.flatMap(({ pid }) => unixListenersOf(pid));
      expect(sockets.filter((name) => !name.startsWith('@') && !name.startsWith(folder))).toEqual([]);
    });

    it('[S4] lets nobody into the database without its password', async () => {
      const url = new URL(owner.database_url);
      for (const password of ['', 'postgres', 'wrong', url.username]) {
        for (const user of [url.username, 'postgres']) {
          const at = { host: url.hostname, port: Number(url.port), database: url.pathname.slice(1), user, password };
          const client = new Client({ ...at, connectionTimeoutMillis: 5_000 });
          const met = await client.connect().then(
            () => 'connected',
            (error: Error) => error.message,
          );
          expect([user, met]).not.toEqual([user, 'connected']);
        }
      }
    });

    it.skipIf(!isRoot)('[S4] lets another user of the machine read none of its files', () => {
      const script = `
      const { readFileSync, readdirSync } = require('node:fs');
      const tried = (work) => { try { work(); return 'read'; } catch (error) { return error.code; } };
      const dir = process.argv[1];
      const files = ['owner.json', 'postgres-passwords.json', 'temporal/temporal.db', 'logs/server.log', 'images'];
      console.log(JSON.stringify(files.map((file) =>
        [file, tried(() => readFileSync(dir + '/' + file)), tried(() => readdirSync(dir + '/' + file))])));`;
      const args = ['-e', script, path.join(folder, 'data')];
      const { stdout } = spawnSync('/usr/bin/env', ['node', ...args], { ...STRANGER, encoding: 'utf8', cwd: '/' });
      const found = JSON.parse(stdout) as [string, string, string][];
      expect(found).toHaveLength(5);
      expect(found.filter(([, ...met]) => !met.every((code) => code === 'EACCES'))).toEqual([]);
    });

    it('[S4] answers nobody without the key, and no page of a browser at all', async () => {
      expect((await fetch(`${owner.url}/queue`)).status).toBe(401);
      const page = { origin: 'https://pages.example' };
      const key = { authorization: `Bearer ${owner.key ?? ''}` };
      await expect
        .poll(async () => (await fetch(`${owner.url}/queue`, { headers: key })).status, { timeout: 60_000 })
        .toBe(200);
      for (const [url, method] of [
        [`${owner.url}/queue`, 'GET'],
        [`${owner.url}/temporal/decode`, 'POST'],
        [owner.temporal.ui, 'GET'],
        [`${owner.agent_url}/extract`, 'POST'],
      ] as const) {
        expect([url, (await fetch(url, { method, headers: { ...page, ...key } })).status]).toEqual([url, 403]);
      }
    });

    it('[S6] decrypts for its own UI what it has encrypted, and tells the UI where', async () => {
      const origin = new URL(owner.temporal.ui).origin;
      const headers = { origin, 'content-type': 'application/json' };
      const asked = await fetch(`${owner.url}/temporal/decode`, { method: 'POST', headers, body: '{"payloads":[]}' });
      // Its own page may ask; what it lacks is a key.
      expect(asked.status).toBe(401);
      const settings = await fetch(`${origin}/api/v1/settings`);
      expect(JSON.stringify(await settings.json())).toContain(`${owner.url}/temporal`);
    });
  },
);
