import { request } from 'node:http';
import { onTestFinished } from 'vitest';
import { NO_PRICES } from '../../../src/contract/cost.ts';
import type { Scope } from '../../../src/contract/operation.ts';
import type { Principal } from '../../../src/contract/principal.ts';
import type { QueueStreams } from '../../../src/contract/queue-api.ts';
import { createCropper } from '../../../src/crop/cropper.ts';
import { createHttpApp, type HttpDeps } from '../../../src/http/app.ts';
import { listen } from '../../../src/http/listen.ts';
import { createDb, type Db } from '../../../src/ledger/db.ts';
import { createNotifier } from '../../../src/ledger/notify.ts';
import { createQueue } from '../../../src/queue/create-queue.ts';
import { createTestFeed } from '../../support/feed.ts';
import { FOR_EVER } from '../../support/gate.ts';
import { testLog } from '../../support/log.ts';
import { testWebhooks } from '../../support/webhooks.ts';

const never = () => Promise.reject(new Error('not called'));

type Who = Scope | 'act_as';
const EVERYTHING: readonly Who[] = ['jobs:read', 'jobs:write', 'queue:admin', 'act_as'];

/** Who a test's call comes from, as headers that `principalOf` below reads. */
export function from(user: number, scopes: readonly Who[] = ['jobs:read'], tenant = 'default') {
  return { 'x-tenant': tenant, 'x-user': String(user), 'x-scopes': scopes.join(' ') };
}

async function principalOf({ headers }: Request): Promise<Principal> {
  return {
    tenant: headers.get('x-tenant') ?? 'default',
    user: Number(headers.get('x-user') ?? 1),
    scopes: new Set((headers.get('x-scopes') ?? EVERYTHING.join(' ')).split(' ') as Who[]),
  };
}

export interface EventServer {
  readonly url: string;
  readonly port: number;
  readonly streams: QueueStreams;
  /** The texts of all statements that its feed sends. */
  readonly sent: readonly string[];
  /** How many of them were under way at the same moment. */
  mostAtOnce(): number;
  stop(): Promise<void>;
}

/** One server of a ledger, with connections of its own. It ends with the test at the latest. */
export async function startEventServer(
  url: string,
  { port = 0, ...changes }: Partial<HttpDeps> & { readonly port?: number } = {},
): Promise<EventServer> {
  const db = createDb({ url, applicationName: 'event-server' });
  const sent: string[] = [];
  let atOnce = 0;
  let most = 0;
  const seen: Db = {
    ...db,
    query: (text, values) => {
      sent.push(text);
      most = Math.max(most, ++atOnce);
      return db.query<never>(text, values).finally(() => atOnce--);
    },
  };
  const notifier = createNotifier(db);
  const feed = await createTestFeed(seen, notifier);
  const blobs = { put: never, read: never, exists: never, remove: never, owns: () => true };
  const names = { ledgerId: 'test', queueName: 'test', workflowIdPrefix: '' };
  const webhooks = testWebhooks({ db, ledgerId: 'test' });
  const queue = createQueue({
    db,
    notifier,
    feed,
    blobs,
    cropper: createCropper(),
    webhooks,
    prices: NO_PRICES,
    retention: FOR_EVER,
    ...names,
  });
  const closing = new AbortController();
  const app = createHttpApp({
    queue,
    streams: queue,
    blobs,
    cropper: { crop: never },
    log: testLog,
    principalOf,
    passImage: (bytes) => bytes,
    openUpload: () => Promise.reject(new Error('nothing is uploaded in this test')),
    spoolDir: '/nowhere',
    ready: async () => ({ ok: true, parts: {} }),
    closing: closing.signal,
    version: '0.0.0',
    ...changes,
  });
  const listening = await listen({ fetch: app.fetch, host: '127.0.0.1', port, log: testLog });
  let stopping: Promise<void> | undefined;
  async function stop(): Promise<void> {
    closing.abort();
    await listening.close(1_000);
    await feed.close();
    await notifier.close();
    await db.close();
  }
  const server: EventServer = {
    url: `http://127.0.0.1:${listening.port}`,
    port: listening.port,
    streams: queue,
    sent,
    mostAtOnce: () => most,
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
  onTestFinished(() => server.stop());
  return server;
}

/** A block of the stream, as it came. */
export interface Frame {
  readonly id: string | undefined;
  readonly event: string | undefined;
  readonly retry: string | undefined;
  readonly data: Readonly<Record<string, unknown>> | undefined;
}

export interface Reader {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  /** All that has come. */
  readonly frames: readonly Frame[];
  /** The body of a refusal. */
  readonly text: string;
  /** Resolves when what has come is so. */
  until(isSo: (reader: Reader) => boolean): Promise<void>;
  readonly ended: Promise<void>;
  close(): void;
}

/** Resolves when the stream has caught up, or was refused. */
export async function openEvents(
  server: Pick<EventServer, 'port'>,
  query = '',
  headers: Readonly<Record<string, string>> = {},
): Promise<Reader> {
  const reader = await connectEvents(server, query, headers);
  if (reader.status === 200) await reader.until(({ frames }) => frames.some(({ event }) => event === 'caught_up'));
  return reader;
}

/** Resolves with the head of the answer. */
export function connectEvents(
  { port }: Pick<EventServer, 'port'>,
  query = '',
  headers: Readonly<Record<string, string>> = {},
): Promise<Reader> {
  return new Promise((resolve, reject) => {
    const call = request({ port, host: '127.0.0.1', path: `/events${query}`, headers, agent: false }, (answer) => {
      const frames: Frame[] = [];
      let rest = '';
      let text = '';
      let looks: (() => void)[] = [];
      const look = () => {
        const present = looks;
        looks = [];
        for (const each of present) each();
      };
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => {
        if (answer.statusCode !== 200) text += chunk;
        const blocks = (rest + chunk).split('\n\n');
        rest = blocks.pop() ?? '';
        frames.push(...blocks.map(frameOf));
        look();
      });
      const ended = new Promise<void>((done) => {
        answer.once('close', () => {
          done();
          look();
        });
      });
      const reader: Reader = {
        status: answer.statusCode ?? 0,
        headers: answer.headers,
        frames,
        get text() {
          return text;
        },
        ended,
        close: () => call.destroy(),
        async until(isSo) {
          while (!isSo(reader)) {
            if (answer.closed) throw new Error(`the stream ended: ${JSON.stringify(frames.slice(-3))} ${text}`);
            await new Promise<void>((next) => looks.push(next));
          }
        },
      };
      onTestFinished(() => reader.close());
      resolve(reader);
    });
    call.once('error', reject).end();
  });
}

function frameOf(block: string): Frame {
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
  const data = field('data');
  return {
    id: field('id'),
    event: field('event'),
    retry: field('retry'),
    data: data === undefined ? undefined : JSON.parse(data),
  };
}

/** Events only, without what the stream says of itself. */
export const eventsIn = ({ frames }: Pick<Reader, 'frames'>) =>
  frames.filter(({ event, data }) => event === undefined && data !== undefined);
