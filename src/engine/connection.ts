import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';

const DEFAULT_ADDRESS = '127.0.0.1:7233';

/** Temporal's own settings (`TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, TLS, API key, profile file), read as its CLI reads them. */
export interface EngineConfig {
  readonly address: string;
  readonly namespace: string;
  readonly connectionOptions: ReturnType<typeof loadClientConnectConfig>['connectionOptions'];
}

/** Temporal's client; outside this folder only handed on. */
export type EngineClient = Client;

export function readEngineConfig(): EngineConfig {
  const { connectionOptions, namespace } = loadClientConnectConfig();
  const address = connectionOptions.address ?? DEFAULT_ADDRESS;
  return { address, namespace: namespace ?? 'default', connectionOptions: { ...connectionOptions, address } };
}

/** A client that connects with its first call, so that a process also starts while Temporal is away. */
export function createEngineClient(config: EngineConfig): Client {
  const connection = Connection.lazy({ ...config.connectionOptions, connectTimeout: '3s' });
  return new Client({ connection, namespace: config.namespace });
}
