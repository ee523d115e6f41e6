import { execFile, spawnSync } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, it } from 'vitest';
import { createDb, type Db } from '../../src/ledger/db.ts';
import { receiptPhoto } from '../http/support/images.ts';
import { problemOf } from '../http/support/problem.ts';
import { type HttpAgent, sendJson, startHttpAgent } from '../support/http-agent.ts';
import { replyFor } from '../support/replies.ts';
import { type RunningUp, startUp } from '../support/running-up.ts';
import { untilEnded } from '../support/witness.ts';

const MAIN = new URL('../../dist/src/cli/main.js', import.meta.url).pathname;
const STORE_BYTES = 16 * 1024 * 1024;
const STORE_FILES = 200;

/** A file system of its own that nobody else sees needs a Linux kernel and root. */
const IN_OWN_MOUNTS = ['unshare', '--mount'] as const;
const canMount =
  process.platform === 'linux' &&
  spawnSync(IN_OWN_MOUNTS[0], [IN_OWN_MOUNTS[1], 'mount', '-t', 'tmpfs', 'probe', tmpdir()]).status === 0;

let cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
  cleanups = [];
});

/** Photographs of different content, so that each is a file of its own; bytes after a JPEG's end are none of its image. */
const photo = (nth: number) => new Blob([receiptPhoto, `${nth}`]);

interface SmallStore {
  readonly up: RunningUp;
  readonly db: Db;
  readonly agent: HttpAgent;
  /** The image folder as the server sees it. */
  readonly images: string;
  upload(nth: number): Promise<Response>;
  /** Leaves room for so much; what took the rest goes with `free`. */
  leave(room: { bytes?: number; files?: number }): Promise<void>;
  free(): Promise<void>;
  /** What a refused upload must leave alone. */
  traces(): Promise<unknown>;
  verify(): Promise<unknown>;
}

/** A running queue whose image folder is a disk of 16 MB and 200 files, and an agent that answers once `answers` says so. */
async function queueOnSmallDisk(answers: Promise<void>): Promise<SmallStore> {
  const agent = await startHttpAgent(async (request, response) => {
    await answers;
    sendJson(response, 200, replyFor(request));
  });
  cleanups.push(() => agent.close());
  const dataDir = await mkdtemp(path.join(tmpdir(), 'pantry-disk-'));
  cleanups.push(() => rm(dataDir, { recursive: true, force: true }));
  const folder = path.join(dataDir, 'images');
  await mkdir(folder);
  const mount = `mount -t tmpfs -o mode=700,size=${STORE_BYTES},nr_inodes=${STORE_FILES} images "${folder}" && exec "$@"`;
  const up = await startUp(dataDir, { AGENT_URL: agent.url, AGENT_SLOTS: '2' }, [
    ...IN_OWN_MOUNTS,
    'sh',
    '-c',
    mount,
    'sh',
  ]);
  cleanups.push(() => up.stop());
  const { database_url, url } = await up.owner();
  const db = createDb({ url: database_url, applicationName: 'test-witness' });
  cleanups.push(() => db.close());

  const images = path.join(`/proc/${up.child.pid}/root`, folder);
  const ballast = path.join(images, 'ballast');
  const server = await up.pidOf('server');
  return {
    up,
    db,
    agent,
    images,
    upload(nth) {
      const form = new FormData();
      form.append('file', photo(nth), 'receipt.jpg');
      form.append('purchase_date', '2026-01-19');
      return fetch(`${url}/receipts`, { method: 'POST', body: form });
    },
    async leave({ bytes, files }) {
      await mkdir(ballast, { recursive: true });
      if (files !== undefined) {
        for (let spare = (await statfs(images)).ffree; spare > files; spare--) {
          await writeFile(path.join(ballast, `file-${spare}`), '');
        }
      }
      if (bytes === undefined) return;
      const room = await statfs(images);
      await writeFile(path.join(ballast, 'bytes'), Buffer.alloc(Math.max(0, room.bfree * room.bsize - bytes)));
    },
    free: () => rm(ballast, { recursive: true }),
    async traces() {
      const [rows] = await db.query(
        `select (select count(*) from public.receipts) as receipts, (select count(*) from pantry_queue.jobs) as jobs,
                (select count(*) from pantry_queue.events) as events`,
      );
      const names = (await readdir(images, { recursive: true })).filter((name) => !name.startsWith('ballast'));
      // A file that is open takes its room although its name has gone.
      const open = readdirSync(`/proc/${server}/fd`).filter((fd) => {
        try {
          return readlinkSync(`/proc/${server}/fd/${fd}`).startsWith(folder);
        } catch {
          return false;
        }
      });
      return { rows, names: names.sort(), open };
    },
    async verify() {
      // In the mounts of the queue, where its images are.
      const inside = ['--mount', `--target=${up.child.pid}`, process.execPath, MAIN];
      const args = [...inside, 'verify', '--data-dir', dataDir, '--images', '--json'];
      return JSON.parse((await promisify(execFile)('nsenter', args)).stdout);
    },
  };
}

async function expectFull(answer: Response): Promise<void> {
  expect(await problemOf(answer)).toMatchObject({
    status: 507,
    code: 'storage_full',
    hint: 'Free space and upload again; nothing was stored.',
    retryable: true,
  });
  expect(answer.headers.get('retry-after')).toBe('60');
}

it('a full image folder refuses uploads and nothing else, and takes them again when there is room', async ({
  skip,
}) => {
  skip(!canMount, 'a disk of its own for the images needs Linux and root');
  let release = () => {};
  const queue = await queueOnSmallDisk(new Promise((resolve) => (release = resolve)));
  const accepted: number[] = [];
  const takes = async (nth: number) => {
    const answer = await queue.upload(nth);
    expect(answer.status).toBe(201);
    accepted.push(((await answer.json()) as { id: number }).id);
  };
  let nth = 0;
  for (; nth < 3; nth++) await takes(nth);
  await queue.agent.untilCalls(2);

  // One after another until one does not fit.
  await queue.leave({ bytes: 5 * receiptPhoto.length });
  for (let answer = await queue.upload(++nth); ; answer = await queue.upload(++nth)) {
    if (answer.status !== 201) {
      await expectFull(answer);
      break;
    }
    accepted.push(((await answer.json()) as { id: number }).id);
  }
  expect(accepted.length).toBeGreaterThan(3);

  // Room to receive it and none to store it, then none at all; of bytes and of files.
  const before = await queue.traces();
  for (const room of [
    { bytes: Math.ceil(1.5 * receiptPhoto.length) },
    { bytes: 0 },
    { files: 2 },
    { files: 1 },
    { files: 0 },
  ]) {
    await queue.free();
    await queue.leave(room);
    await expectFull(await queue.upload(++nth));
    expect(await queue.traces(), JSON.stringify(room)).toEqual(before);
  }

  // What was accepted goes on while the disk is full.
  release();
  await untilEnded(queue.db, accepted, 30_000);
  await expectFull(await queue.upload(++nth));

  await queue.free();
  for (let more = 0; more < 3; more++) await takes(++nth);
  await untilEnded(queue.db, accepted, 30_000);
  expect(await queue.verify()).toMatchObject({ ok: true, jobs: accepted.length, images: accepted.length });
}, 120_000);
