import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { folderIdOf } from '../../src/blobs/folder-id.ts';
import { composeQueue, type QueueSettings } from '../../src/compose.ts';
import { NO_PRICES } from '../../src/contract/cost.ts';
import { createTestDatabase } from '../support/db.ts';
import { silent } from '../support/log.ts';
import { OWN } from '../support/webhooks.ts';

async function newFolder(): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), 'pantry-settings-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** The settings of a queue that one process has started already. */
async function startedQueue(): Promise<QueueSettings> {
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  const address = inject('temporalAddress');
  const settings: QueueSettings = {
    databaseUrl: database.url,
    defaultCurrency: 'VND',
    prices: NO_PRICES,
    queueName: 'first',
    workflowIdPrefix: '',
    imageDir: await newFolder(),
    imageBucket: 'receipts',
    retention: { resultTtlS: 0, failureTtlS: 0 },
    webhooks: { allowPrivate: false, own: OWN },
    engine: { address, namespace: 'default', connectionOptions: { address } },
  };
  await start(settings);
  return settings;
}

async function start(settings: QueueSettings, usesImages = true): Promise<void> {
  const composed = await composeQueue(settings, silent, { applicationName: 'settings-test', usesImages });
  await composed.close();
}

describe('a setting that all processes of a queue must share', () => {
  const changes: readonly [string, string, string, (settings: QueueSettings) => QueueSettings][] = [
    ['QUEUE_NAME', '"other"', '"first"', (settings) => ({ ...settings, queueName: 'other' })],
    ['WORKFLOW_ID_PREFIX', '"test-"', 'empty', (settings) => ({ ...settings, workflowIdPrefix: 'test-' })],
    ['IMAGE_BUCKET', '"photos"', '"receipts"', (settings) => ({ ...settings, imageBucket: 'photos' })],
    ['DEFAULT_CURRENCY', '"EUR"', '"VND"', (settings) => ({ ...settings, defaultCurrency: 'EUR' })],
    [
      'TEMPORAL_NAMESPACE',
      '"staging"',
      '"default"',
      (settings) => ({ ...settings, engine: { ...settings.engine, namespace: 'staging' } }),
    ],
  ];

  it.each(changes)('[P9] %s is compared at start, and both values are named', async (name, ours, theirs, change) => {
    const settings = await startedQueue();
    await expect(start(change(settings))).rejects.toMatchObject({
      code: 'settings_differ',
      message: `${name} is ${ours} here and ${theirs} in the queue.`,
      hint: expect.stringContaining(`where name in ('${name}')`),
    });
    await start(settings);
  });

  it('[P9] two that differ are named together', async () => {
    const settings = await startedQueue();
    await expect(start({ ...settings, queueName: 'other', defaultCurrency: 'EUR' })).rejects.toMatchObject({
      message: expect.stringMatching(/DEFAULT_CURRENCY is .*; QUEUE_NAME is /),
    });
  });

  it('[P9] two processes that start at once on a new ledger with other names: one of them refuses', async () => {
    const database = await createTestDatabase();
    onTestFinished(() => database.drop());
    const settings = { ...(await startedQueue()), databaseUrl: database.url };
    const results = await Promise.allSettled(['a', 'b'].map((queueName) => start({ ...settings, queueName })));
    expect(results.filter(({ status }) => status === 'rejected')).toMatchObject([
      { reason: { code: 'settings_differ' } },
    ]);
  });

  it('[P9] the image folder is known by what it holds, not by its path', async () => {
    const settings = await startedQueue();
    const moved = `${settings.imageDir}-moved`;
    onTestFinished(() => rm(moved, { recursive: true, force: true }));
    await rename(settings.imageDir, moved);
    await start({ ...settings, imageDir: moved });
    const other = await newFolder();
    await expect(start({ ...settings, imageDir: other })).rejects.toMatchObject({
      code: 'settings_differ',
      message: `IMAGE_DIR is "${other}" here and "${settings.imageDir}" in the queue.`,
    });
    // A worker opens no image.
    await start({ ...settings, imageDir: other }, false);
  });

  it('[P9] processes that make an image folder at once agree on what it is', async () => {
    const dir = path.join(await newFolder(), 'images');
    const ids = await Promise.all(Array.from({ length: 8 }, () => folderIdOf(dir)));
    expect(new Set(ids).size).toBe(1);
  });
});
