import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { createMcpHttpHandler } from '../../../mcp/http.ts';
import { createFolderBlobs } from '../../../src/blobs/folder.ts';
import { NO_PRICES } from '../../../src/contract/cost.ts';
import type { QueueApi, QueueStreams } from '../../../src/contract/queue-api.ts';
import type { CallRates } from '../../../src/contract/rate-policies.ts';
import { createCropper } from '../../../src/crop/cropper.ts';
import { createHttpApp, type HttpDeps } from '../../../src/http/app.ts';
import { type Listening, type ListenLimits, listen } from '../../../src/http/listen.ts';
import { createOpenPrincipal } from '../../../src/http/principal.ts';
import type { Db } from '../../../src/ledger/db.ts';
import { createNotifier } from '../../../src/ledger/notify.ts';
import type { Blobs, Log } from '../../../src/ports.ts';
import { createQueue } from '../../../src/queue/create-queue.ts';
import { passImage } from '../../../src/queue/image/check.ts';
import { createOpenUpload } from '../../../src/queue/upload-addresses.ts';
import { createTestDatabase } from '../../support/db.ts';
import { createTestFeed } from '../../support/feed.ts';
import { FOR_EVER } from '../../support/gate.ts';
import { noteLine } from '../../support/log.ts';
import { testWebhooks } from '../../support/webhooks.ts';

export interface LogLine {
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface HttpQueue {
  readonly url: string;
  readonly port: number;
  readonly db: Db;
  readonly database: { readonly url: string };
  readonly queue: QueueApi & QueueStreams;
  readonly imageDir: string;
  readonly logged: readonly LogLine[];
  fetch(address: string, init?: RequestInit): Promise<Response>;
  /** What a refused call could have left behind: how many rows and which files. */
  traces(): Promise<unknown>;
  /** Everything that there is: a digest of the rows of every table, and the files. */
  everything(): Promise<unknown>;
}

/** One statement that counts and digests the rows of every table, no matter who adds one. */
async function everyRow(db: Db): Promise<string> {
  const tables = await db.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname in ('public', 'pantry_queue') order by 1`,
  );
  const columns = tables.map(
    ({ name }, at) =>
      `(select count(*) || ' ' || coalesce(md5(string_agg(t::text, '\n' order by t::text)), '') from ${name} t) as "${at} ${name.replaceAll('"', '')}"`,
  );
  return `select ${columns.join(',\n')}`;
}

/** What is otherwise than usual, where it depends on the database as a function of it. */
type Changed = Partial<HttpDeps> & { readonly rates?: CallRates };
type Changes = Changed | ((db: Db) => Changed);

/** A real server on a socket over a real database, without an engine: jobs are accepted and wait. */
async function startHttpQueue(
  changes: Changes,
  limits: Partial<ListenLimits>,
  through: ((url: string) => string) | undefined,
  openStore: (dir: string) => Promise<Blobs>,
): Promise<HttpQueue & { listening: Listening; stop(): Promise<void> }> {
  const database = await createTestDatabase({ through });
  const imageDir = await mkdtemp(path.join(tmpdir(), 'pantry-http-'));
  const blobs = await openStore(imageDir);
  const notifier = createNotifier(database.db);
  const feed = await createTestFeed(database.db, notifier);
  const changed: Changed = typeof changes === 'function' ? changes(database.db) : changes;
  const queue = createQueue({
    rates: changed.rates,
    cropper: createCropper(),
    db: database.db,
    notifier,
    feed,
    blobs,
    prices: NO_PRICES,
    retention: FOR_EVER,
    ledgerId: 'test',
    queueName: 'test',
    workflowIdPrefix: '',
    webhooks: testWebhooks({ db: database.db, ledgerId: 'test' }),
  });
  const logged: LogLine[] = [];
  const note = (fields: Readonly<Record<string, unknown>>, event: string) => {
    logged.push({ event, fields });
    noteLine(fields, event);
  };
  const log: Log = { info: note, warn: note, error: note };
  const principalOf = createOpenPrincipal();
  const mcp = createMcpHttpHandler({ queue, logger: log });
  const app = createHttpApp({
    queue,
    streams: queue,
    blobs,
    cropper: createCropper(),
    log,
    principalOf,
    mcp,
    passImage,
    openUpload: createOpenUpload(database.db, queue),
    spoolDir: path.join(imageDir, '.incoming'),
    ready: async () => ({ ok: true, parts: { ledger: 'ok' } }),
    version: '0.0.0',
    ...changed,
  });
  const listening = await listen({ fetch: app.fetch, host: '127.0.0.1', port: 0, log, limits });
  const url = `http://127.0.0.1:${listening.port}`;
  let rowsOfAll: string | undefined;
  // An empty folder of a removed image may stay.
  const files = async () =>
    (await readdir(imageDir, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => path.join(parentPath, name))
      .sort();
  return {
    url,
    port: listening.port,
    db: database.db,
    database,
    queue,
    imageDir,
    logged,
    listening,
    fetch: (address, init) => fetch(url + address, init),
    async traces() {
      const [rows] = await database.db.query(
        `select (select count(*) from public.receipts) as receipts, (select count(*) from pantry_queue.jobs) as jobs,
                (select count(*) from pantry_queue.events) as events, (select count(*) from pantry_queue.batches) as batches,
                (select count(*) from pantry_queue.caps) as caps`,
      );
      return { rows, files: await files() };
    },
    async everything() {
      rowsOfAll ??= await everyRow(database.db);
      const [rows] = await database.db.query(rowsOfAll);
      return { rows, files: await files() };
    },
    async stop() {
      await listening.close(1_000);
      await mcp.close();
      await feed.close();
      await notifier.close();
      await database.drop();
      await rm(imageDir, { recursive: true, force: true });
    },
  };
}

const MB = 1024 * 1024;
/** For tests of senders that were answered early: they are let go after half a second of silence, not after ten. */
export const DISCARD = { silentMs: 500, graceMs: 60_000, bytesPerS: 1, totalMs: 20_000, bytes: 64 * MB };

/** One for all tests of a file; read it inside the tests. `openStore`: of the images; a folder without. */
export function useHttpQueue(
  changes: Changes = {},
  limits: Partial<ListenLimits> = {},
  through?: (url: string) => string,
  openStore = (dir: string): Promise<Blobs> => createFolderBlobs({ dir, bucket: 'receipts' }),
): { readonly current: HttpQueue } {
  let running: Awaited<ReturnType<typeof startHttpQueue>> | undefined;
  beforeAll(async () => {
    running = await startHttpQueue(changes, limits, through, openStore);
  });
  afterAll(() => running?.stop());
  return {
    get current() {
      if (!running) throw new Error('the server is there only while tests run');
      return running;
    },
  };
}
