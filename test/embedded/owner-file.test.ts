import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  createDataDir,
  type DataDir,
  dataDirAt,
  defaultDataDir,
  defaultDemoDir,
  homeFolder,
} from '../../src/embedded/data-dir.ts';
import { findRunningQueue, type OwnerRecord, takeOwnership } from '../../src/embedded/owner-file.ts';
import { ownIdentity } from '../../src/embedded/process-identity.ts';

let dir: DataDir;
beforeEach(() => {
  dir = dataDirAt(mkdtempSync(path.join(tmpdir(), 'pantry-owner-')));
  createDataDir(dir);
});
afterEach(() => rmSync(dir.root, { recursive: true, force: true }));

const record: OwnerRecord = {
  pid: process.pid,
  started_at: '2026-01-01T00:00:00.000Z',
  url: 'http://127.0.0.1:8000',
  mcp_url: 'http://127.0.0.1:8000/mcp',
  database_url: 'postgresql://pantry_queue:secret@127.0.0.1:5432/pantry_queue',
  agent_url: 'http://127.0.0.1:8002',
  temporal: { address: '127.0.0.1:7233', namespace: 'default', ui: 'http://127.0.0.1:8233' },
  processes: [{ role: 'postgres', pid: process.pid }],
};

describe('the owner of a data folder', () => {
  it('is found from the moment it publishes until it releases, and its file is readable by nobody else', () => {
    const ownership = takeOwnership(dir);
    expect(findRunningQueue(dir.root)).toBeUndefined();
    ownership.publish(record);
    expect(findRunningQueue(dir.root)).toEqual(record);
    expect(statSync(dir.owner).mode & 0o777).toBe(0o600);
    ownership.release();
    expect(findRunningQueue(dir.root)).toBeUndefined();
  });

  it('keeps the folder while it lives, however old its lock is', () => {
    const ownership = takeOwnership(dir);
    ownership.publish(record);
    expect(() => takeOwnership(dir)).toThrow(`process ${process.pid}, it answers at ${record.url}`);
    ownership.release();
    takeOwnership(dir).release();
  });

  it('loses the folder when its pid belongs to another process by now', () => {
    takeOwnership(dir).publish(record);
    writeFileSync(dir.lock, JSON.stringify({ ...ownIdentity(), startMark: 'of another process' }));
    expect(findRunningQueue(dir.root)).toBeUndefined();
    const ownership = takeOwnership(dir);
    expect(JSON.parse(readFileSync(dir.lock, 'utf8'))).toEqual(ownIdentity());
    ownership.release();
  });

  it.each(['', '{"pid": 1', '[]', '{"pid":0,"startMark":"x"}'])('is nobody when the lock holds %j', (content) => {
    writeFileSync(dir.lock, content);
    takeOwnership(dir).release();
  });

  it.each(['', '{"pid": 1', '{}'])('is not running when the owner file holds %j', (content) => {
    const ownership = takeOwnership(dir);
    writeFileSync(dir.owner, content);
    expect(findRunningQueue(dir.root)).toBeUndefined();
    ownership.release();
  });
});

it('knows the home of the person also where HOME is empty', () => {
  vi.stubEnv('HOME', '');
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(homeFolder()).toBe(userInfo().homedir);
});

describe('the default data folder', () => {
  it('is DATA_DIR, else below XDG_DATA_HOME; the demo has one beside it', () => {
    expect(defaultDataDir({ DATA_DIR: '/a', XDG_DATA_HOME: '/b' })).toBe('/a');
    expect(defaultDataDir({ XDG_DATA_HOME: '/b' })).toBe('/b/pantry-queue');
    expect(defaultDemoDir({ XDG_DATA_HOME: '/b' })).toMatch(/^\/b\/pantry-queue-demo-\d+$/);
  });
});
