import { readConfig } from '../../config.ts';
import type { DoctorFinding, DoctorReport } from '../../contract/doctor-report.ts';
import { AppError, isAppError } from '../../contract/errors.ts';
import { exitCodeOf } from '../../contract/exit-codes.ts';
import { childEnvironment } from '../../embedded/child-environment.ts';
import { type DataDir, dataDirAt, defaultDataDir } from '../../embedded/data-dir.ts';
import { findRunningQueue, type OwnerRecord } from '../../embedded/owner-file.ts';
import { embeddedSettings } from '../../embedded/settings.ts';
import { createEngineClient, type EngineConfig, readEngineConfig } from '../../engine/connection.ts';
import { createDb } from '../../ledger/db.ts';
import { addressChecks, type HttpPlace } from './address-checks.ts';
import { type Check, skipped } from './check.ts';
import { clockChecks } from './clock-checks.ts';
import { engineChecks } from './engine-checks.ts';
import { farChecks } from './far-checks.ts';
import { ledgerChecks } from './ledger-checks.ts';
import { machineChecks } from './machine-checks.ts';
import { runChecks } from './run-checks.ts';
import { secretsOf, withoutSecrets } from './secrets.ts';
import { DOCTOR_LIMITS, type DoctorLimits, type Parts, type Subject } from './subject.ts';

export interface DoctorFlags {
  /** Folder of an embedded queue; default: DATABASE_URL, else the usual folder. */
  readonly dataDir?: string;
  /** Of this program. */
  readonly version: string;
  /** Sent to the server, where it wants a key. */
  readonly key?: string | undefined;
  readonly limits?: Partial<DoctorLimits>;
}

/** What is to be looked at, found as far as it can be: a look at the rest must not need it. */
interface Found {
  readonly dir: DataDir | undefined;
  readonly owner: OwnerRecord | undefined;
  /** Why the settings cannot be read. */
  readonly trouble: AppError | undefined;
  readonly config: ReturnType<typeof readConfig> | undefined;
  readonly engine: EngineConfig | undefined;
}

/** A folder that cannot be read has none; why stands in the look at the folder. */
function runningOn(dir: DataDir): OwnerRecord | undefined {
  try {
    return findRunningQueue(dir.root);
  } catch {
    return undefined;
  }
}

function find(dataDir: string | undefined): Found {
  const bySettings = dataDir === undefined && Boolean(process.env.DATABASE_URL || process.env.DATABASE_URL_FILE);
  const dir = bySettings ? undefined : dataDirAt(dataDir ?? defaultDataDir());
  const owner = dir && runningOn(dir);
  const found = { dir, owner, trouble: undefined, config: undefined, engine: undefined };
  try {
    if (dir && !owner) return found;
    if (!dir || !owner) return { ...found, config: readConfig(), engine: readEngineConfig() };
    const { address, namespace } = owner.temporal;
    const env = childEnvironment({
      DATABASE_URL: owner.database_url,
      IMAGE_DIR: dir.images,
      AGENT_URL: owner.agent_url,
    });
    return { ...found, config: readConfig(env), engine: { address, namespace, connectionOptions: { address } } };
  } catch (error) {
    if (isAppError(error)) return { ...found, trouble: error };
    throw error;
  }
}

function open({ config, engine }: Found): Parts | undefined {
  if (!config || !engine) return undefined;
  const db = createDb({
    url: config.databaseUrl,
    listenUrl: config.listenUrl,
    maxConnections: 4,
    applicationName: 'pantry-queue doctor',
  });
  return { config, engine, db, client: createEngineClient(engine), agentUrl: config.agent.url };
}

/** Where `up` would listen is what it would be told. */
function placeOf({ dir, config }: Found, key: string | undefined): HttpPlace {
  if (dir) return { ...embeddedSettings(), key };
  return { host: config?.http.host ?? '127.0.0.1', port: config?.http.port ?? 8_000, key };
}

/** What cannot be asked, because no queue runs or the settings cannot be read, is still named. */
const unasked = (names: readonly Check['name'][], needs: Check['name']): Check[] =>
  names.map((name) => ({ name, code: 'internal', limitMs: 1_000, needs: [needs], look: () => skipped('') }));

const OF_PARTS = [
  ...(['ledger', 'schema', 'rights', 'adoption', 'counters', 'listen', 'transactions'] as const),
  ...(['temporal', 'namespace', 'attributes', 'gates', 'workers', 'pollers', 'agent', 'images'] as const),
  ...(['clock-postgres', 'clock-temporal', 'clock-agent', 'clock-images'] as const),
];

/**
 * Looks at everything a queue stands on, and says of each part how it is and what mends it. Changes nothing: an image is
 * stored and removed again, and a notification is sent to itself.
 */
export async function examine({ dataDir, version, key, limits }: DoctorFlags): Promise<DoctorReport> {
  const found = find(dataDir);
  const { dir, owner, trouble } = found;
  const parts = open(found);
  const subject: Subject = { dir, owner, parts, limits: { ...DOCTOR_LIMITS, ...limits } };
  try {
    const checks = [
      ...machineChecks(subject, trouble),
      ...addressChecks(subject, placeOf(found, key)),
      ...(parts
        ? [
            ...ledgerChecks(parts, subject, version),
            ...engineChecks(parts),
            ...farChecks(parts),
            ...clockChecks(parts, subject),
          ]
        : unasked(OF_PARTS, dir && !trouble ? 'owner' : 'settings')),
    ];
    const secrets = secretsOf(found.config, owner, key);
    const looked = await runChecks(checks, (text) => withoutSecrets(text, secrets));
    const isOk = looked.every(({ state }) => state !== 'failed');
    return {
      ok: isOk,
      profile: dir ? 'embedded' : 'settings',
      version,
      checked_at: new Date().toISOString(),
      checks: looked,
    };
  } finally {
    await parts?.client.connection.close();
    await parts?.db.close();
  }
}

/** Worst first: what is away, who may not, what is set wrong, what is taken, and all else. */
const WORST = [5, 4, 2, 6, 3, 1];

/** The exit code of the worst finding. */
export function exitCodeOfReport({ checks }: { readonly checks: readonly DoctorFinding[] }): number {
  const codes = checks.flatMap(({ code }) => (code === null ? [] : [exitCodeOf(new AppError(code, ''))]));
  return WORST.find((code) => codes.includes(code)) ?? 0;
}
