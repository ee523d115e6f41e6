import path from 'node:path';
import { z } from 'zod';
import type { ImageStoreSettings } from './blobs/open-store.ts';
import type { Prices } from './contract/cost.ts';
import { isCurrency } from './contract/currency.ts';
import { AppError } from './contract/errors.ts';
import { DEFAULT_BUCKET } from './contract/names.ts';
import { PAYLOAD_KEYS_RULE, parsePayloadKeys } from './contract/payload-keys.ts';
import type { CallRates } from './contract/rate-policies.ts';
import { WORKER_ROLES, type WorkerRole } from './contract/worker-role.ts';
import type { TokenSettings } from './identity/verify-token.ts';
import { type AUTH, CALLER_SETTINGS, requireKeysAt } from './settings/access.ts';
import { withSettingFiles } from './settings/files.ts';
import { S3_SETTINGS, s3Of } from './settings/images.ts';
import { RATE_SETTINGS, ratesOf } from './settings/rates.ts';
import { requireOpenMetricsAgreed, TELEMETRY_SETTINGS } from './settings/telemetry.ts';
import { TOKEN_SETTINGS, tokensOf } from './settings/tokens.ts';
import { databaseUrl, flag, httpUrl, listOfPrices, name, price, text, whole } from './settings/types.ts';

/**
 * Every setting, by the name of its variable. Temporal's own (`TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, TLS, API key)
 * are read by Temporal's library and stand here for the documentation alone.
 */

/** In the order of the documentation. */
export const SETTINGS = {
  DATABASE_URL: databaseUrl,
  DATABASE_LISTEN_URL: databaseUrl
    .meta({
      description:
        'The server itself, where DATABASE_URL is a pooler’s (PgBouncer): one connection that listens. Without it such a queue works by timer.',
    })
    .optional(),
  AGENT_URL: httpUrl('The OCR agent: it answers `POST {AGENT_URL}/extract`.').default('http://127.0.0.1:8002'),
  AGENT_PRICE: price('What one answered call of the agent costs, where its answer does not say: `0.0125`.').optional(),
  AGENT_MODEL_PRICES: listOfPrices(
    'The same by the model that the answer names: `small=0.004, large=0.03`. Other models cost `AGENT_PRICE`.',
  ).optional(),
  AGENT_CURRENCY: z
    .string()
    .refine(isCurrency, 'must be a code of ISO 4217, as USD')
    .meta({ description: 'Currency of these prices, and of a cost in an answer that names none.' })
    .default('USD'),
  QUEUE_NAME: name(
    'Name of the queue; its task queues in Temporal are `<QUEUE_NAME>-ocr` and `<QUEUE_NAME>-agent`.',
  ).default('pantry-pilot'),
  WORKFLOW_ID_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9._-]{0,64}$/, 'must be at most 64 letters, digits, dots, underscores or hyphens')
    .meta({ description: 'In front of every workflow id. Two queues in one Temporal namespace need different ones.' })
    .default(''),
  DEFAULT_TIMEOUT: whole('Seconds that one call of the agent may take.', 1, 86_400).default(600),
  RESULT_TTL: whole('Seconds that replies and events of finished jobs are kept; 0 keeps them.', 0, 315_360_000).default(
    0,
  ),
  FAILURE_TTL: whole('Seconds that events of failed jobs are kept; 0 keeps them.', 0, 315_360_000).default(0),
  AUDIT_TTL: whole(
    'Seconds that entries of the audit are kept ([audit.md](audit.md)); 0 keeps them.',
    0,
    3_153_600_000,
  ).default(0),
  REVIEW_EXPIRES_DAYS: whole(
    'Days after which a receipt that nobody has looked at leaves the list of reviews; it stays marked as in doubt. 0: never.',
    0,
    3_650,
  ).default(0),
  AGENT_SLOTS: whole('Calls of the agent that one worker makes at once.', 1, 1_000).default(10),
  WORKER_ROLE: z
    .enum(WORKER_ROLES, `must be ${WORKER_ROLES.slice(0, -1).join(', ')} or ${WORKER_ROLES.at(-1)}`)
    .meta({
      description:
        'What a worker does: `workflow` runs workflows and holds no agent slots, `agent` calls the agent and runs no workflows, `all` does both.',
    })
    .default('all'),
  WORKER_NAME: name('Name of this worker in lists; two may have the same. Default: host and process id.').optional(),
  WORKER_BUILD_ID: name(
    'Build of this worker, as `2.1.0`. It switches on Temporal’s worker versioning: Temporal sends it nothing before its build is made the current one (docs/upgrade.md).',
  ).optional(),
  WORKER_DEPLOYMENT: name(
    'Name of the worker deployment in Temporal that the build belongs to. Default: `QUEUE_NAME`.',
  ).optional(),
  SHUTDOWN_GRACE: whole(
    'Seconds that a worker that is told to stop lets its calls of the agent run; what has not ended by then is handed back, uncharged. Ten seconds later it has ended.',
    0,
    86_400,
  ).default(30),
  BURST_MODE: flag(
    '`true`: the worker drains the queue and exits 0; it exits 5 when the queue is paused, stands still or is not drained in time.',
  ).default(false),
  BURST_TIMEOUT: whole(
    'Seconds after which a burst worker ends even if jobs are left, as where new ones keep coming.',
    1,
    31_536_000,
  ).default(86_400),
  HOST: text('Address that the server listens on. One that others can reach needs `AUTH=required`.').default(
    '127.0.0.1',
  ),
  PORT: whole('Port that the server listens on; 0 takes a free one.', 0, 65_535).default(8_000),
  ...CALLER_SETTINGS,
  ...RATE_SETTINGS,
  WEBHOOK_ALLOW_PRIVATE: flag(
    '`true`: webhooks may be sent to addresses that are not public, over http and to any port: for development, or a network of your own. Never to the queue itself.',
  ).default(false),
  PAYLOAD_KEYS: z
    .string()
    .refine((text) => parsePayloadKeys(text) !== undefined, PAYLOAD_KEYS_RULE)
    .meta({
      description:
        'Keys that everything in Temporal is encrypted with (AES-256-GCM): `2026-11:<base64>, 2026-05:<base64>`. The first encrypts, all decrypt; 32 bytes in base64 each, as `openssl rand -base64 32` makes them ([encryption.md](encryption.md)). Without it Temporal stores in clear.',
    })
    .optional(),
  ...TOKEN_SETTINGS,
  TEMPORAL_UI_URL: httpUrl(
    'Temporal’s Web UI, as people reach it: `https://temporal.example`. The dashboard and `whoami` show it, and its pages may have payloads decrypted ([encryption.md](encryption.md)).',
  ).optional(),
  ...TELEMETRY_SETTINGS,
  DATA_DIR: text('Folder of everything that is kept in files.').default('.data'),
  IMAGE_DIR: text('Folder of the images. Default: `<DATA_DIR>/images`.').optional(),
  IMAGE_BUCKET: name('First part of every image path: `minio://<IMAGE_BUCKET>/<key>`.').default(DEFAULT_BUCKET),
  ...S3_SETTINGS,
  DEFAULT_CURRENCY: z
    .string()
    .regex(/^[A-Z]{3}$/, 'must be three capital letters, as in VND')
    .meta({ description: 'Currency of a receipt whose reading names none; the reading is marked for review.' })
    .default('VND'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .meta({
      description: 'Least level of a log line that is written: fatal, error, warn, info, debug, trace or silent.',
    })
    .default('info'),
} as const;

const schema = z.object(SETTINGS);

export interface Config {
  readonly databaseUrl: string;
  readonly listenUrl: string | undefined;
  readonly logLevel: string;
  readonly queue: {
    readonly name: string;
    readonly workflowIdPrefix: string;
    readonly defaultCurrency: string;
    /** 0 = keep */
    readonly resultTtlS: number;
    readonly failureTtlS: number;
    readonly auditTtlS: number;
    /** 0 = never */
    readonly reviewExpiresS: number;
  };
  readonly agent: { readonly url: string; readonly timeoutMs: number; readonly prices: Prices };
  readonly worker: {
    readonly name: string | undefined;
    readonly role: WorkerRole;
    readonly slots: number;
    /** Undefined: Temporal does not tell versions of workers apart. */
    readonly build: { readonly deployment: string; readonly id: string } | undefined;
    readonly shutdownGraceMs: number;
    readonly burst: boolean;
    readonly burstLimitMs: number;
  };
  readonly http: {
    readonly host: string;
    readonly port: number;
    /** Besides the loopback names and `host`. */
    readonly allowedHosts: readonly string[];
    readonly allowedOrigins: readonly string[];
    readonly auth: (typeof AUTH)[number];
    readonly rates: CallRates;
    readonly publicUrl: string | undefined;
    /** Undefined: no tokens are taken. */
    readonly tokens: TokenSettings | undefined;
  };
  readonly temporalUi: string | undefined;
  readonly metrics: {
    readonly host: string;
    /** Undefined: no port of their own. */
    readonly port: number | undefined;
    /** Of Temporal's library. */
    readonly temporalPort: number | undefined;
  };
  readonly traces: {
    readonly endpoint: string | undefined;
    readonly headers: Readonly<Record<string, string>>;
    readonly serviceName: string | undefined;
  };
  readonly webhooks: { readonly allowPrivate: boolean };
  readonly images: ImageStoreSettings;
}

/**
 * Reads the settings of a server, worker or migration.
 * @param env a variable that is set to nothing counts as not set; `NAME_FILE` names a file that holds `NAME`
 * @returns frozen
 * @throws AppError invalid_argument naming each variable that is wrong, and what is allowed
 */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  const told = withSettingFiles(env, Object.keys(SETTINGS));
  const given = Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = schema.safeParse(given);
  if (!parsed.success) throw unusable(parsed.error.issues);
  const settings = parsed.data;
  requireKeysAt({ host: settings.HOST, auth: settings.AUTH });
  requireOpenMetricsAgreed(settings);
  return deepFreeze({
    databaseUrl: settings.DATABASE_URL,
    listenUrl: settings.DATABASE_LISTEN_URL,
    logLevel: settings.LOG_LEVEL,
    queue: {
      name: settings.QUEUE_NAME,
      workflowIdPrefix: settings.WORKFLOW_ID_PREFIX,
      defaultCurrency: settings.DEFAULT_CURRENCY,
      resultTtlS: settings.RESULT_TTL,
      failureTtlS: settings.FAILURE_TTL,
      auditTtlS: settings.AUDIT_TTL,
      reviewExpiresS: settings.REVIEW_EXPIRES_DAYS * 86_400,
    },
    agent: {
      url: settings.AGENT_URL,
      timeoutMs: settings.DEFAULT_TIMEOUT * 1_000,
      prices: {
        currency: settings.AGENT_CURRENCY,
        perCall: settings.AGENT_PRICE,
        byModel: settings.AGENT_MODEL_PRICES ?? {},
      },
    },
    worker: {
      name: settings.WORKER_NAME,
      role: settings.WORKER_ROLE,
      slots: settings.AGENT_SLOTS,
      build:
        settings.WORKER_BUILD_ID === undefined
          ? undefined
          : { deployment: settings.WORKER_DEPLOYMENT ?? settings.QUEUE_NAME, id: settings.WORKER_BUILD_ID },
      shutdownGraceMs: settings.SHUTDOWN_GRACE * 1_000,
      burst: settings.BURST_MODE,
      burstLimitMs: settings.BURST_TIMEOUT * 1_000,
    },
    http: {
      host: settings.HOST,
      port: settings.PORT,
      allowedHosts: [...(settings.ALLOWED_HOSTS ?? []), ...publicHostOf(settings.PUBLIC_URL)],
      allowedOrigins: settings.ALLOWED_ORIGINS ?? [],
      auth: settings.AUTH,
      rates: ratesOf(settings),
      publicUrl: settings.PUBLIC_URL,
      tokens: tokensOf(settings),
    },
    temporalUi: settings.TEMPORAL_UI_URL,
    metrics: { host: settings.METRICS_HOST, port: settings.METRICS_PORT, temporalPort: settings.TEMPORAL_METRICS_PORT },
    traces: {
      endpoint: settings.OTEL_EXPORTER_OTLP_ENDPOINT,
      headers: settings.OTEL_EXPORTER_OTLP_HEADERS ?? {},
      serviceName: settings.OTEL_SERVICE_NAME,
    },
    webhooks: { allowPrivate: settings.WEBHOOK_ALLOW_PRIVATE },
    images: {
      dir: path.resolve(settings.IMAGE_DIR ?? path.join(settings.DATA_DIR, 'images')),
      bucket: settings.IMAGE_BUCKET,
      s3: s3Of(settings),
    },
  });
}

const publicHostOf = (url: string | undefined) => (url === undefined ? [] : [new URL(url).hostname]);

/** What a variable holds is not repeated: it may be a password. */
function unusable(issues: readonly z.core.$ZodIssue[]): AppError {
  const rules = issues.map((issue) => {
    const variable = String(issue.path[0]);
    const rule = issue.code === 'invalid_type' ? 'is not set' : issue.message;
    return { variable, message: `${variable} ${rule}.` };
  });
  const hint = rules.some(({ variable }) => variable === 'DATABASE_URL')
    ? 'Set it in the environment; pantry-queue up needs none of this, it starts a database of its own.'
    : 'Correct it in the environment and start again; docs/configuration.md lists every setting.';
  return new AppError('invalid_argument', rules.map(({ message }) => message).join(' '), {
    hint,
    fields: rules.map(({ variable, message }) => ({ pointer: `/${variable}`, code: 'setting', message })),
  });
}

function deepFreeze<T extends object>(value: T): Readonly<T> {
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) deepFreeze(inner);
  return Object.freeze(value);
}

export interface ClientSettings {
  readonly url: string | undefined;
  readonly key: string | undefined;
}

/** Where the commands that talk to a running queue find it, when no flag says so: `PANTRY_QUEUE_URL`, `PANTRY_QUEUE_KEY`. */
export function readClientSettings(env: Readonly<Record<string, string | undefined>> = process.env): ClientSettings {
  const { PANTRY_QUEUE_URL, PANTRY_QUEUE_KEY } = withSettingFiles(env, ['PANTRY_QUEUE_URL', 'PANTRY_QUEUE_KEY']);
  return { url: PANTRY_QUEUE_URL || undefined, key: PANTRY_QUEUE_KEY || undefined };
}
