import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { withSettingFiles } from '../setting-files.ts';

const DEFAULT_ADDRESS = '127.0.0.1:7233';

/** Temporal's own settings (`TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, TLS, API key, profile file), read as its CLI reads them. */
export interface EngineConfig {
  readonly address: string;
  readonly namespace: string;
  readonly connectionOptions: ReturnType<typeof loadClientConnectConfig>['connectionOptions'];
}

/** Temporal's client; outside this folder only handed on. */
export type EngineClient = Client;

/** @throws AppError invalid_argument when `TEMPORAL_API_KEY_FILE` is not usable */
export function readEngineConfig(env: Readonly<Record<string, string | undefined>> = process.env): EngineConfig {
  // The only secret among Temporal's settings; certificates are files by their own names.
  const told = Object.entries(withSettingFiles(env, ['TEMPORAL_API_KEY'])).filter(([, value]) => value !== undefined);
  const overrideEnvVars = Object.fromEntries(told) as Record<string, string>;
  const { connectionOptions, namespace } = loadClientConnectConfig({ overrideEnvVars });
  const address = connectionOptions.address ?? DEFAULT_ADDRESS;
  return { address, namespace: namespace ?? 'default', connectionOptions: { ...connectionOptions, address } };
}

/** A client that connects with its first call, so that a process also starts while Temporal is away. */
export function createEngineClient(config: EngineConfig): Client {
  const connection = Connection.lazy({ ...config.connectionOptions, connectTimeout: '3s' });
  return new Client({ connection, namespace: config.namespace });
}
