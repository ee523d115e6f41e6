import { fileURLToPath } from 'node:url';
import { type ImageStore, openImageStore } from './blobs/open-store.ts';
import type { S3Settings } from './blobs/s3-client.ts';
import { createStoreLook, type StoreState } from './blobs/store-look.ts';
import type { Config } from './config.ts';
import type { Prices } from './contract/cost.ts';
import type { QueueApi, QueueStreams } from './contract/queue-api.ts';
import type { CallRates } from './contract/rate-policies.ts';
import { NO_TELEMETRY, type Telemetry } from './contract/telemetry.ts';
import type { WirePayload } from './contract/wire-payload.ts';
import type { WorkerRole } from './contract/worker-role.ts';
import { createCropper } from './crop/cropper.ts';
import { createDispatch, type Dispatch } from './dispatch/create-dispatch.ts';
import type { Retention } from './dispatch/deps.ts';
import { decodeWire } from './engine/codec/decode-wire.ts';
import { payloadKeyFacts } from './engine/codec/key-facts.ts';
import { createPayloadCodec } from './engine/codec/payload-codec.ts';
import { createEngineClient, type EngineClient, type EngineConfig, readEngineConfig } from './engine/connection.ts';
import { explainLine } from './engine/secure-line.ts';
import { createTemporalEngine } from './engine/temporal-engine.ts';
import { workflowsPageOf } from './engine/workflows-page.ts';
import { createFeed, type Feed } from './feed/create-feed.ts';
import type { JobKinds } from './jobs/job-type.ts';
import { comparePayloadKeys } from './ledger/access/payload-keys.ts';
import { atStart } from './ledger/connection/start-up.ts';
import { createDb, type Db } from './ledger/db.ts';
import { beginEpochWhereMoved } from './ledger/epochs.ts';
import { readLedgerId } from './ledger/insight/queue-state.ts';
import { migrate } from './ledger/migrate.ts';
import { createNotifier, type Notifier } from './ledger/notify.ts';
import { compareSettings, type SharedSetting } from './ledger/shared-settings.ts';
import type { Blobs, Cropper, Engine, Log } from './ports.ts';
import { createAudit } from './queue/audit/create-audit.ts';
import { createQueue } from './queue/create-queue.ts';
import { createRemoveUnnamed } from './queue/unnamed-image.ts';
import { createWebhooks } from './webhooks/create-webhooks.ts';
import type { OwnAddress } from './webhooks/endpoint-rules.ts';

/** What every process of an installation has in common. */
export interface QueueSettings {
  readonly databaseUrl: string;
  /** Where to LISTEN when `databaseUrl` is a pooler's. */
  readonly listenUrl?: string | undefined;
  readonly defaultCurrency: string;
  readonly prices: Prices;
  readonly queueName: string;
  readonly workflowIdPrefix: string;
  readonly imageDir: string;
  readonly imageBucket: string;
  /** Undefined: images are kept in `imageDir`. */
  readonly s3?: S3Settings | undefined;
  readonly retention: Retention;
  readonly webhooks: { readonly allowPrivate: boolean; readonly own: OwnAddress };
  readonly engine: EngineConfig;
  /** How often callers may call; absent: as usual. */
  readonly rates?: CallRates | undefined;
  /** Of Temporal, as people reach it. */
  readonly temporalUi?: string | undefined;
}

export interface WorkerSettings extends QueueSettings {
  readonly workerName: string | undefined;
  readonly workerRole: WorkerRole;
  /** Undefined: Temporal does not tell versions of workers apart. */
  readonly workerBuild: { readonly deployment: string; readonly id: string } | undefined;
  readonly agentUrl: string;
  readonly agentSlots: number;
  readonly attemptTimeoutMs: number;
  readonly shutdownGraceMs: number;
  readonly workflows: { readonly bundlePath: string } | { readonly workflowsPath: string };
}

export function queueSettingsOf(config: Config): QueueSettings {
  return {
    databaseUrl: config.databaseUrl,
    listenUrl: config.listenUrl,
    defaultCurrency: config.queue.defaultCurrency,
    prices: config.agent.prices,
    queueName: config.queue.name,
    workflowIdPrefix: config.queue.workflowIdPrefix,
    imageDir: config.images.dir,
    imageBucket: config.images.bucket,
    s3: config.images.s3,
    retention: {
      resultTtlS: config.queue.resultTtlS,
      failureTtlS: config.queue.failureTtlS,
      auditTtlS: config.queue.auditTtlS,
      reviewExpiresS: config.queue.reviewExpiresS,
    },
    webhooks: {
      allowPrivate: config.webhooks.allowPrivate,
      own: { host: config.http.host, port: config.http.port, names: config.http.allowedHosts },
    },
    engine: readEngineConfig(),
    rates: config.http.rates,
    temporalUi: config.temporalUi,
  };
}

export function workerSettingsOf(config: Config): WorkerSettings {
  return {
    ...queueSettingsOf(config),
    workerName: config.worker.name,
    workerRole: config.worker.role,
    workerBuild: config.worker.build,
    agentUrl: config.agent.url,
    agentSlots: config.worker.slots,
    attemptTimeoutMs: config.agent.timeoutMs,
    shutdownGraceMs: config.worker.shutdownGraceMs,
    workflows: { bundlePath: fileURLToPath(new URL('../workflow-bundle.js', import.meta.url)) },
  };
}

function sharedSettingsOf(settings: QueueSettings, store: ImageStore, usesImages: boolean): SharedSetting[] {
  const inS3 = store.kind === 's3';
  return [
    { name: 'QUEUE_NAME', value: settings.queueName },
    { name: 'WORKFLOW_ID_PREFIX', value: settings.workflowIdPrefix },
    { name: 'TEMPORAL_NAMESPACE', value: settings.engine.namespace },
    { name: 'IMAGE_BUCKET', value: settings.imageBucket },
    { name: 'DEFAULT_CURRENCY', value: settings.defaultCurrency },
    { name: 'S3_ENDPOINT', value: inS3 ? store.id : '', shown: inS3 ? store.shown : '' },
    ...(usesImages && !inS3 ? [{ name: 'IMAGE_DIR', value: store.id, shown: store.shown }] : []),
  ];
}

/** The ledger, the gate and the queue over them: what a server is, and what a worker stands on. */
export interface Composed {
  readonly db: Db;
  readonly notifier: Notifier;
  readonly feed: Feed;
  readonly blobs: Blobs;
  /** How the store of the images is. */
  readonly lookAtStore: () => Promise<StoreState>;
  readonly cropper: Cropper;
  readonly queue: QueueApi & QueueStreams;
  readonly dispatch: Dispatch;
  readonly client: EngineClient;
  /** Decrypts payloads of Temporal; undefined where nothing is encrypted. */
  readonly decodePayloads: ((payloads: readonly WirePayload[]) => Promise<WirePayload[]>) | undefined;
  readonly ledgerId: string;
  readonly telemetry: Telemetry;
  close(): Promise<void>;
}

export interface ComposeOptions {
  readonly applicationName: string;
  readonly maxConnections?: number;
  /** False: this process never opens an image, so its image folder may be any. An S3 store is the same for all. */
  readonly usesImages?: boolean;
  /** Default: nobody watches. */
  readonly telemetry?: Telemetry;
  /** Default: those that this program ships. */
  readonly kinds?: JobKinds;
  /** Stands between us and what we stand on: the fault suite breaks things there. */
  readonly wrap?: { db(db: Db): Db; engine(engine: Engine): Engine };
}

/**
 * Opens the ledger (and migrates it, under a lock, so that any process may come first) and makes the queue over it.
 * @throws AppError ledger_unavailable, ledger_misconfigured, pooler_unsupported, adoption_refused or settings_differ, in
 *   the words of the system that refused
 */
export async function composeQueue(
  settings: QueueSettings,
  log: Log,
  { wrap, usesImages = true, telemetry = NO_TELEMETRY, ...options }: ComposeOptions,
): Promise<Composed> {
  const { queueName, workflowIdPrefix, prices } = settings;
  const opened = createDb({ url: settings.databaseUrl, listenUrl: settings.listenUrl, ...options });
  const db = wrap?.db(opened) ?? opened;
  let store: ImageStore | undefined;
  try {
    store = await atStart(async () => {
      await migrate(db, log);
      const { imageDir: dir, imageBucket: bucket, s3 } = settings;
      store = await openImageStore({ dir, bucket, s3 });
      await compareSettings(db, sharedSettingsOf(settings, store, usesImages));
      await comparePayloadKeys(db, payloadKeyFacts(settings.engine.payloadKeys));
      await beginEpochWhereMoved(db);
      return store;
    });
    const { blobs, close: closeStore } = store;
    const notifier = createNotifier(db, log);
    const ledgerId = await readLedgerId(db);
    const feed = createFeed({ db, notifier, log, ledgerId });
    const webhooks = createWebhooks({ db, log, telemetry, ledgerId, ...settings.webhooks });
    const cropper = createCropper();
    const audit = createAudit({ db, log });
    const queue = createQueue({
      db,
      notifier,
      telemetry,
      feed,
      blobs,
      cropper,
      audited: audit.stage,
      rates: settings.rates,
      prices,
      ledgerId,
      queueName,
      workflowIdPrefix,
      webhooks,
      retention: settings.retention,
      temporalUi: settings.temporalUi && workflowsPageOf(settings.temporalUi, settings.engine.namespace),
    });
    const client = createEngineClient(settings.engine);
    const { payloadKeys } = settings.engine;
    const codec = payloadKeys && createPayloadCodec(payloadKeys, 'mark');
    const temporal = createTemporalEngine(client, {
      queueName,
      address: settings.engine.address,
      explain: () => explainLine(settings.engine),
      log,
    });
    const dispatch = createDispatch({
      db,
      notifier,
      engine: wrap?.engine(temporal) ?? temporal,
      log,
      telemetry,
      name: options.applicationName,
      ledgerId,
      workflowIdPrefix,
      retention: settings.retention,
      webhooks,
      removeImage: usesImages ? createRemoveUnnamed({ blobs, db }) : undefined,
    });
    return {
      db,
      notifier,
      feed,
      blobs,
      lookAtStore: createStoreLook(store),
      cropper,
      queue,
      dispatch,
      client,
      decodePayloads: codec && ((payloads) => decodeWire(codec, payloads)),
      ledgerId,
      telemetry,
      async close() {
        await dispatch.stop();
        await audit.close();
        await webhooks.close();
        await feed.close();
        await notifier.close();
        await client.connection.close();
        await closeStore();
        await db.close();
      },
    };
  } catch (error) {
    await store?.close();
    await db.close();
    throw error;
  }
}
