/** The parts of one embedded queue, and how they are told of each other. */
import path from 'node:path';
import { ensureArtifact, slimInstallation } from '#artifacts';
import { AppError } from '../contract/errors.ts';
import type { DataDir } from './data-dir.ts';
import { createNodeRole } from './node-role.ts';
import type { OwnerRecord } from './owner-file.ts';
import type { Ports } from './ports.ts';
import { createEmbeddedPostgres } from './postgres.ts';
import { ownIdentity } from './process-identity.ts';
import { WORKER_GRACE_S } from './process-records.ts';
import type { Programs } from './programs.ts';
import type { EmbeddedSettings } from './settings.ts';
import type { Supervisor } from './supervisor.ts';
import { createEmbeddedTemporal, temporalNamespace } from './temporal.ts';
import { hiddenHost, serveTemporalUi } from './temporal-ui.ts';

export interface StackOptions {
  readonly dir: DataDir;
  readonly ports: Ports;
  readonly host: string;
  readonly auth: EmbeddedSettings['auth'];
  /** Makes the key of this start in its database, where calls need one. */
  readonly makeKey?: (databaseUrl: string) => Promise<string>;
  /** An agent that runs elsewhere; without it the embedded one is started. */
  readonly agentUrl: string | undefined;
  /** Receipts the embedded agent reads at once. */
  readonly agentLanes: number;
  readonly programs: Programs;
  /** Progress for people, short sentences. */
  readonly say: (sentence: string) => void;
}

/** Its one worker does everything, and as long as the queue runs: what the shell says of other workers is not for it. */
const ONE_WORKER = { WORKER_ROLE: 'all', WORKER_BUILD_ID: '', BURST_MODE: 'false' } as const;

const encrypts = (env: NodeJS.ProcessEnv) => Boolean(env.PAYLOAD_KEYS || env.PAYLOAD_KEYS_FILE);

const givesSlots = (env: NodeJS.ProcessEnv) => Boolean(env.AGENT_SLOTS || env.AGENT_SLOTS_FILE);

/**
 * Starts everything, each part as soon as what it needs is there.
 * @returns the owner record, whose `processes` the caller keeps current
 * @throws AppError `part_failed`, naming the part and the end of its log; what had started is left to `supervisor.stop`
 */
export async function startStack(options: StackOptions, supervisor: Supervisor): Promise<OwnerRecord> {
  const { dir, ports, host, programs, say } = options;
  slimInstallation({ log: say });
  const temporalProgram = await artifact('temporal-cli', say, supervisor.stopping);
  const modelsDir = options.agentUrl ? undefined : await artifact('ocr-models', say, supervisor.stopping);
  const runtimeDir = options.agentUrl ? undefined : await artifact('ocr-runtime', say, supervisor.stopping);
  supervisor.stopping.throwIfAborted();
  const postgres = await createEmbeddedPostgres(dir, ports.postgres);
  const uiInside = { host: hiddenHost(), port: ports.temporalUiInside };
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${ports.server}`;
  const codec = encrypts(process.env) ? `${url}/temporal` : undefined;
  const temporal = createEmbeddedTemporal(dir, temporalProgram, ports.temporal, { ...uiInside, codec });
  const agentUrl = options.agentUrl ?? `http://127.0.0.1:${ports.agent}`;
  const env = {
    DATABASE_URL: postgres.databaseUrl,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporalNamespace,
    AGENT_URL: agentUrl,
    DATA_DIR: dir.root,
    IMAGE_DIR: dir.images,
    HOST: host,
    AUTH: options.auth,
    PORT: String(ports.server),
    TEMPORAL_UI_URL: `http://127.0.0.1:${ports.temporalUi}`,
    SHUTDOWN_GRACE: String(WORKER_GRACE_S),
    ...(runtimeDir === undefined ? {} : { OCR_RUNTIME_DIR: runtimeDir }),
    ...ONE_WORKER,
    // As many calls at once as the agent can read: a job that is `started` is then really being read.
    ...(modelsDir === undefined || givesSlots(process.env) ? {} : { AGENT_SLOTS: String(options.agentLanes) }),
  };
  const node = (role: 'agent' | 'worker' | 'server', flags: Readonly<Record<string, string>> = {}) => {
    const args = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value]);
    const logFile = path.join(dir.logs, `${role}.log`);
    // One port for one process: the server shows its own metrics at its address.
    const own = role === 'worker' ? env : { ...env, METRICS_PORT: '' };
    return supervisor.start(createNodeRole({ role, script: programs[role], args, env: own, logFile }));
  };

  const startQueue = async () => {
    await Promise.all([supervisor.start(postgres.spec), supervisor.start(temporal.spec)]);
    await serveTemporalUi({ host: '127.0.0.1', port: ports.temporalUi }, uiInside, supervisor.stopping);
    // Both bring the tables up to date first; a lock in the database lets either come first.
    await Promise.all([node('worker'), node('server')]);
  };
  const startAgent = async () => {
    if (modelsDir === undefined) return;
    await node('agent', {
      host: '127.0.0.1',
      port: String(ports.agent),
      lanes: String(options.agentLanes),
      'image-dir': dir.images,
      'models-dir': modelsDir,
    });
  };
  await Promise.all([startQueue(), startAgent()]);
  const key = options.auth === 'required' ? await options.makeKey?.(postgres.databaseUrl) : undefined;

  return {
    pid: ownIdentity().pid,
    started_at: new Date().toISOString(),
    url,
    mcp_url: `${url}/mcp`,
    database_url: postgres.databaseUrl,
    ...(key === undefined ? {} : { key }),
    agent_url: agentUrl,
    temporal: { address: temporal.address, namespace: temporalNamespace, ui: `http://127.0.0.1:${ports.temporalUi}` },
    processes: supervisor.processes(),
  };
}

/** What npm does not deliver: mostly there since the set-up, fetched now otherwise. A stop does not wait for it. */
async function artifact(
  name: 'temporal-cli' | 'ocr-models' | 'ocr-runtime',
  say: (sentence: string) => void,
  stop: AbortSignal,
): Promise<string> {
  const stopped = new Promise<never>((_, reject) => {
    stop.addEventListener('abort', () => reject(stop.reason), { once: true });
  });
  stopped.catch(() => undefined);
  const there = ensureArtifact(name, { log: say }).catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    throw new AppError('part_failed', message, { hint: 'Then start again.', cause: error });
  });
  return Promise.race([there, stopped]);
}
