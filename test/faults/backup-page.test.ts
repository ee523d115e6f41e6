import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { workflowIdOf } from '../../src/contract/names.ts';
import { createEngineClient } from '../../src/engine/connection.ts';
import { createTemporalEngine } from '../../src/engine/temporal-engine.ts';
import { createDb, type Db } from '../../src/ledger/db.ts';
import { createNotifier } from '../../src/ledger/notify.ts';
import { saveResult } from '../../src/ledger/saving.ts';
import { addReceipts } from '../support/db.ts';
import { postgresTools, startDumpablePostgres } from '../support/dumpable-postgres.ts';
import { createTestFeed, eventsOf } from '../support/feed.ts';
import { sendJson, startHttpAgent } from '../support/http-agent.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { begun, finished, handedOver, replied, waiting } from '../support/job-states.ts';
import { asOwner } from '../support/owner.ts';
import { commandsOf } from '../support/page-commands.ts';
import { freePort } from '../support/ports.ts';
import { startPostgres } from '../support/postgres.ts';
import { replyFor } from '../support/replies.ts';
import { ageForRestore, untilSilenceCounts } from '../support/restore.ts';
import type { Run } from '../support/run.ts';
import { BUILT_MAIN } from '../support/run-built.ts';
import { testWebhooks } from '../support/webhooks.ts';
import { untilEnded } from '../support/witness.ts';
import { type Receiver, startReceiver } from '../webhooks/support/receiver.ts';

const missing = 'missing' in postgresTools ? postgresTools.missing : undefined;
if (missing !== undefined) process.stderr.write(`Skipped: ${missing}\n`);

type Environment = Readonly<Record<string, string>>;

/** A shell in which `pantry-queue` and PostgreSQL's programs are found, and nothing else of our environment. */
async function createShell(folder: string) {
  if (!('program' in postgresTools)) throw new Error(postgresTools.missing);
  await writeFile(path.join(folder, 'pantry-queue'), `#!/bin/sh\nexec "${process.execPath}" "${BUILT_MAIN}" "$@"\n`, {
    mode: 0o755,
  });
  const PATH = [folder, postgresTools.program, process.env.PATH].join(':');
  const command = (name: string) => ['-euo', 'pipefail', '-c', commandsOf('backup.md', name)];
  return {
    /** Runs commands of the page. @throws where one of them fails, with what it wrote */
    run: (name: string, env: Environment) => promisify(execFile)('bash', command(name), { env: { ...env, PATH } }),
    /** Runs those that start processes, until the test is over. */
    async start(name: string, env: Environment) {
      const shell = spawn('bash', [...command(name).slice(0, -1), `${commandsOf('backup.md', name)}\nwait`], {
        env: { ...env, PATH },
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
      });
      for (const output of [shell.stdout, shell.stderr]) output.resume();
      const closed = once(shell, 'close');
      onTestFinished(async () => {
        if (shell.pid !== undefined) process.kill(-shell.pid, 'SIGTERM');
        await closed;
      });
    },
  };
}

/** The Temporal of a queue, which stays when the queue is gone. */
function temporalOf({ engine, queueName, workflowIdPrefix }: Installation['settings']) {
  const client = createEngineClient(engine);
  onTestFinished(() => client.connection.close());
  const temporal = createTemporalEngine(client, { queueName, address: engine.address });
  const owner = { tenant: 'default', userId: 1, batchId: null, priority: 'default', passes: false } as const;
  const idOf = (run: Run) => workflowIdOf(run, workflowIdPrefix);
  return {
    /** A job whose workflow waits there for a worker. */
    async handedOver(db: Db): Promise<Run> {
      const run = await handedOver(db);
      const spec = { ...run, ...owner, about: `receipt ${run.subject}`, attributes: {}, workflowId: idOf(run) };
      await temporal.start(spec, { again: false });
      return run;
    },
    async isOpen(run: Run): Promise<boolean> {
      const known = await temporal.describe(idOf(run));
      return known.kind === 'known' && known.open;
    },
  };
}

/** The messages of a queue, made and sent by hand. */
function postOf({ db, ledgerId }: Installation) {
  const webhooks = testWebhooks({ db, ledgerId });
  return {
    async make(): Promise<void> {
      const made = async () => (await webhooks.tell()).deliveries;
      await expect.poll(made, { timeout: 30_000, interval: 20 }).toBe(1);
    },
    async send(): Promise<void> {
      await webhooks.begin();
      await webhooks.idle();
    },
    close: () => webhooks.close(),
  };
}

async function readOn(db: Db, after: string, last: number): Promise<number[]> {
  const notifier = createNotifier(db);
  const feed = await createTestFeed(db, notifier);
  const told: number[] = [];
  const subscription = await feed.subscribe({ after, filter: { tenant: 'default' } });
  for await (const { event } of eventsOf(subscription)) {
    told.push(event.position.id);
    if (event.position.id === last) break;
  }
  await feed.close();
  await notifier.close();
  return told;
}

const messages = ({ got }: Receiver) =>
  got.map(({ headers, body }) => ({ id: headers['webhook-id'], receipt: JSON.parse(body).data.receipt_id as number }));

/** Ended jobs that no message was made of, or whose message was not taken. */
const openDeliveries = (db: Db) =>
  db.query(
    `select j.subject from pantry_queue.jobs j where not exists (
       select from pantry_queue.deliveries d
       where d.outcome = 'delivered' and (d.body::jsonb -> 'data' ->> 'receipt_id')::bigint = j.subject)`,
  );

const QUEUE_PASSWORD = "it's a password";
/** The database as its owner, who may make no roles. */
function ownerUrl(server: string): string {
  const url = new URL(`${server}/queue`);
  url.username = 'queue';
  url.password = encodeURIComponent(QUEUE_PASSWORD);
  return url.href;
}

it.skipIf(missing !== undefined)(
  '[P6] the commands of the backup page bring a queue back from nothing, and it goes on where the dump was made',
  async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'pantry-test-backup-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const shell = await createShell(folder);
    const [home, away] = await Promise.all([startDumpablePostgres(), startPostgres()]);
    onTestFinished(() => away.stop());
    const receiver = await startReceiver();
    const agent = await startHttpAgent((request, response) => sendJson(response, 200, replyFor(request)));
    onTestFinished(() => agent.close());

    await shell.run('prepare', { SERVER_URL: home.url, QUEUE_PASSWORD });
    const old = await createInstallation({ database: ownerUrl(home.url) });
    const { settings } = old;
    const temporal = temporalOf(settings);
    await writeFile(path.join(settings.imageDir, settings.imageBucket, 'image-1.jpg'), 'a photo');
    await old.queue.createWebhook({ url: receiver.url, events: ['job.finished'] }, asOwner);
    const before = await old.feed.cursorOf(await old.feed.end());
    const post = postOf(old);
    const delivered = await finished(old.db);
    await post.make();
    await post.send();
    const toSend = await finished(old.db);
    await post.make();
    const jobs = {
      waiting: await waiting(old.db),
      inTemporal: await temporal.handedOver(old.db),
      reading: await begun(old.db),
      replied: await replied(old.db),
    };
    await ageForRestore(old.db);
    await mkdir(path.join(folder, 'saved'));
    const places = { BACKUP: path.join(folder, 'saved'), IMAGE_DIR: settings.imageDir };
    await shell.run('save', { ...places, DATABASE_URL: ownerUrl(home.url) });

    await post.send();
    await saveResult(old.db, jobs.replied, { defaultCurrency: 'VND' });
    await post.make();
    await post.send();
    // The id of the first receipt is given again, that of the second is not.
    const [again, gone] = [await temporal.handedOver(old.db), await temporal.handedOver(old.db)];
    const late = await old.feed.cursorOf(await old.feed.end());
    await post.close();
    await old.dispose();
    await home.stop();
    expect(receiver.got).toHaveLength(3);

    const DATABASE_URL = ownerUrl(away.url);
    const restored = { ...places, DATABASE_URL, IMAGE_DIR: path.join(folder, 'images') };
    await shell.run('prepare', { SERVER_URL: away.url, QUEUE_PASSWORD });
    await shell.run('restore', restored);
    const db = createDb({ url: DATABASE_URL, applicationName: 'restored' });
    onTestFinished(() => db.close());
    const [{ last } = { last: 0 }] = await db.query<{ last: number }>(
      'select max(id) as last from pantry_queue.events',
    );
    expect(await addReceipts(db, 1)).toEqual([again.subject]);
    await db.query('select from pantry_queue.enqueue_ocr($1)', [again.subject]);
    await shell.run('skip', restored);
    expect((await addReceipts(db, 1))[0]).toBeGreaterThan(1_000_000);
    const PORT = String(await freePort());
    const env = {
      ...restored,
      PORT,
      QUEUE_NAME: settings.queueName,
      WORKFLOW_ID_PREFIX: settings.workflowIdPrefix,
      TEMPORAL_ADDRESS: settings.engine.address,
      AGENT_URL: agent.url,
      DATA_DIR: folder,
      WEBHOOK_ALLOW_PRIVATE: 'true',
      HOME: folder,
    };
    await shell.start('start', env);
    const isReady = () =>
      fetch(`http://127.0.0.1:${PORT}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      );
    await expect.poll(isReady, { timeout: 60_000, interval: 100 }).toBe(true);
    await untilSilenceCounts(db);

    const all = [delivered, toSend, ...Object.values(jobs), again].map(({ subject }) => subject);
    await untilEnded(db, all, 60_000);
    await expect.poll(() => temporal.isOpen(gone), { timeout: 30_000, interval: 100 }).toBe(false);
    const ends = await db.query('select subject, status from pantry_queue.jobs order by subject');
    expect(ends).toEqual(all.map((subject) => ({ subject, status: 'finished' })));
    // Neither a stored reply nor a result is paid again, and nothing is paid for a job that is gone.
    const paid = [jobs.waiting, jobs.inTemporal, jobs.reading, again].map(({ subject }) => subject);
    expect(agent.log.map(({ receiptId }) => receiptId).sort((a, b) => a - b)).toEqual(paid);

    await expect.poll(() => openDeliveries(db), { timeout: 30_000, interval: 100 }).toEqual([]);
    const idsOf = ({ subject }: Run) =>
      messages(receiver)
        .filter(({ receipt }) => receipt === subject)
        .map(({ id }) => id);
    for (const run of [delivered, jobs.waiting, jobs.inTemporal, jobs.reading, again])
      expect(idsOf(run)).toHaveLength(1);
    const [sent, repeated] = idsOf(toSend);
    expect([idsOf(toSend).length, repeated]).toEqual([2, sent]);
    // The same end at another time is another event.
    expect([idsOf(jobs.replied).length, new Set(idsOf(jobs.replied)).size]).toEqual([2, 2]);
    await shell.run('check', env);
    expect(await db.query('select pantry_queue.lacking_isolation()')).toEqual([]);

    const ids = await db.query<{ id: number }>('select id from pantry_queue.events order by id > $1, xid, id', [last]);
    const told = ids.map(({ id }) => id);
    const end = told.at(-1) ?? 0;
    expect(await readOn(db, before, end)).toEqual(told);
    expect(await readOn(db, late, end)).toEqual(told.filter((id) => id > last));
  },
  120_000,
);
