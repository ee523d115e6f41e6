import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../src/config.ts';
import { createEmbeddedQueue } from '../src/embedded/embedded-queue.ts';
import { embeddedSettings } from '../src/embedded/settings.ts';
import { readSettings } from '../src/ocr/service/settings.ts';
import { runBuilt } from './support/run-built.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'pantry-addresses-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Addresses that others can reach, or of which nobody knows whether they can. */
const PUBLIC = [
  ...['0.0.0.0', '::', '192.168.1.4', '10.0.0.5', '169.254.1.1', 'fe80::1', '203.0.113.7', '2001:db8::7'],
  ...['queue.example', 'localhost.example', '127.0.0.1.nip.io', '::ffff:127.0.0.1', '0', '0x7f.0.0.1', '127.1'],
];
const LOOPBACK = ['127.0.0.1', '127.0.0.2', '::1', 'localhost'];

const DATABASE_URL = 'postgresql://nobody@127.0.0.1:1/none';

interface Listener {
  /** Reads its settings with this address; throws where it does not start. */
  start(host: string, agreed: boolean): void;
  /** The same by the program that a user starts. */
  command(host: string): { readonly args: readonly string[]; readonly env: Readonly<Record<string, string>> };
  /** What the refusal tells to set. */
  readonly remedy: string;
}

const config = (settings: Readonly<Record<string, string>>) => {
  readConfig({ DATABASE_URL, ...settings });
};

/**
 * Everything that can be told to listen elsewhere than on loopback. PostgreSQL, Temporal, its UI and the agent of `up`
 * cannot (faults/open-ports.test.ts); pages, MCP and the codec endpoint are addresses of the server.
 */
const LISTENERS: Readonly<Record<string, Listener>> = {
  'the server, with its pages, MCP and codec endpoint': {
    start: (HOST, agreed) => config({ HOST, ...(agreed ? { AUTH: 'required' } : {}) }),
    command: (HOST) => ({ args: ['server'], env: { DATABASE_URL, HOST } }),
    remedy: 'AUTH=required',
  },
  'the metrics port of a server': {
    start: (METRICS_HOST, agreed) =>
      config({ METRICS_PORT: '9464', METRICS_HOST, ...(agreed ? { METRICS_OPEN: 'true' } : {}) }),
    command: (METRICS_HOST) => ({ args: ['server'], env: { DATABASE_URL, METRICS_PORT: '9464', METRICS_HOST } }),
    remedy: 'METRICS_OPEN=true',
  },
  'the metrics port of a worker, for those of Temporal’s library': {
    start: (METRICS_HOST, agreed) =>
      config({ TEMPORAL_METRICS_PORT: '9465', METRICS_HOST, ...(agreed ? { METRICS_OPEN: 'true' } : {}) }),
    command: (METRICS_HOST) => ({
      args: ['worker'],
      env: { DATABASE_URL, TEMPORAL_METRICS_PORT: '9465', METRICS_HOST },
    }),
    remedy: 'METRICS_OPEN=true',
  },
  'the agent': {
    start: (host, agreed) => {
      readSettings(['--models-dir', folder, `--host=${host}`, ...(agreed ? ['--open'] : [])], {});
    },
    command: (host) => ({
      args: ['agent', '--models-dir', folder, '--host', host],
      env: { OCR_RUNTIME_DIR: folder },
    }),
    remedy: '--open',
  },
  'pantry-queue up': {
    start: (HOST, agreed) => {
      const settings = embeddedSettings({ HOST, ...(agreed ? { AUTH: 'required' } : {}) });
      const queue = createEmbeddedQueue({ ...settings, dataDir: path.join(folder, 'up'), say: () => {} });
      void queue.stop();
    },
    command: (HOST) => ({ args: ['up', '--data-dir', path.join(folder, 'refused')], env: { HOST } }),
    remedy: 'AUTH=required',
  },
};

const CASES = Object.entries(LISTENERS).flatMap(([name, listener]) =>
  PUBLIC.map((host) => ({ name, host, ...listener })),
);

const refusalOf = (work: () => void): string => {
  try {
    work();
    return 'it starts';
  } catch (error) {
    const { message, hint = '' } = error as { message: string; hint?: string };
    return `${message} ${hint}`;
  }
};

describe('[S4] an address that others can reach', () => {
  it.each(CASES)('[S4] is refused by $name unless that is said on purpose: $host', ({ host, start, remedy }) => {
    const refusal = refusalOf(() => start(host, false));
    expect(refusal).toContain(`is ${host}, which others can reach`);
    expect(refusal).toContain(remedy);
    expect(refusalOf(() => start(host, true))).toBe('it starts');
  });

  it.each(Object.entries(LISTENERS))(
    '[S4] ends the program of %s with its reason, and leaves nothing',
    async (_, listener) => {
      const { args, env } = listener.command('0.0.0.0');
      const before = readdirSync(folder).sort();
      const { exitCode, stderr } = await runBuilt(args, env);
      expect([exitCode, stderr]).toEqual([2, expect.stringContaining('which others can reach')]);
      expect(stderr).toContain(listener.remedy);
      expect(readdirSync(folder).sort()).toEqual(before);
    },
  );
});

it.each(Object.entries(LISTENERS).flatMap(([name, { start }]) => LOOPBACK.map((host) => ({ name, host, start }))))(
  '[S4] an address of this machine alone is taken by $name: $host',
  ({ host, start }) => {
    expect(refusalOf(() => start(host, false))).toBe('it starts');
  },
);
