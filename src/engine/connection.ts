import { Client, Connection, defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { AppError } from '../contract/errors.ts';
import { PAYLOAD_KEYS_RULE, type PayloadKeys, parsePayloadKeys } from '../contract/payload-keys.ts';
import { withSettingFiles } from '../settings/files.ts';
import { endsWithItsLine } from './closed-line.ts';
import { createPayloadCodec } from './codec/payload-codec.ts';

const DEFAULT_ADDRESS = '127.0.0.1:7233';

/** Temporal's own settings (`TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, TLS, API key, profile file), read as its CLI reads them. */
export interface EngineConfig {
  readonly address: string;
  readonly namespace: string;
  readonly connectionOptions: ReturnType<typeof loadClientConnectConfig>['connectionOptions'];
  /** The key as its file holds it now; absent: a key that does not change, or none. */
  readonly currentKey?: (() => string) | undefined;
  /** What Temporal stores is encrypted with these; absent: it is stored in clear. */
  readonly payloadKeys?: PayloadKeys | undefined;
}

/** Temporal's client; outside this folder only handed on. */
export type EngineClient = Client;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * @param options `profile` of Temporal's configuration file, in place of `TEMPORAL_PROFILE`
 * @throws AppError invalid_argument naming the setting that cannot be used
 */
export function readEngineConfig(env: Environment = process.env, options: { profile?: string } = {}): EngineConfig {
  const currentKey = keyFile(env);
  const given = currentKey ? { ...env, TEMPORAL_API_KEY: currentKey() } : env;
  const { connectionOptions, namespace } = usable(env, () =>
    loadClientConnectConfig({ ...options, overrideEnvVars: present(given) }),
  );
  const address = connectionOptions.address ?? DEFAULT_ADDRESS;
  return {
    address,
    namespace: namespace ?? 'default',
    connectionOptions: { ...connectionOptions, address },
    ...(currentKey && { currentKey }),
    payloadKeys: readPayloadKeys(env),
  };
}

/** A client that connects with its first call, so that a process also starts while Temporal is away. */
export function createEngineClient(config: EngineConfig): Client {
  const { connectionOptions, currentKey, namespace, payloadKeys } = config;
  const connection = usable(process.env, () =>
    Connection.lazy({
      ...connectionOptions,
      ...(currentKey && { apiKey: currentKey }),
      connectTimeout: '3s',
      interceptors: [makeGrpcRetryInterceptor(defaultGrpcRetryOptions()), endsWithItsLine],
    }),
  );
  return new Client({
    connection,
    namespace,
    dataConverter: { payloadCodecs: [createPayloadCodec(payloadKeys, 'mark')] },
  });
}

/** `PAYLOAD_KEYS`, for every program that reads what Temporal stores. @throws AppError invalid_argument */
export function readPayloadKeys(env: Environment = process.env): PayloadKeys | undefined {
  const { PAYLOAD_KEYS: text } = withSettingFiles(env, ['PAYLOAD_KEYS']);
  if (!text) return undefined;
  const keys = parsePayloadKeys(text);
  if (keys) return keys;
  throw new AppError('invalid_argument', `PAYLOAD_KEYS ${PAYLOAD_KEYS_RULE}.`, {
    hint: 'Correct it in the environment and start again; openssl rand -base64 32 makes 32 bytes.',
    fields: [{ pointer: '/PAYLOAD_KEYS', code: 'setting', message: `PAYLOAD_KEYS ${PAYLOAD_KEYS_RULE}.` }],
  });
}

/** `TEMPORAL_API_KEY_FILE`: read at every use, so that a key that is replaced there counts without a restart. */
function keyFile(env: Environment): (() => string) | undefined {
  if (!env.TEMPORAL_API_KEY_FILE) return undefined;
  const read = () => withSettingFiles(env, ['TEMPORAL_API_KEY']).TEMPORAL_API_KEY ?? '';
  let last = read();
  return () => {
    try {
      last = read();
    } catch {
      // While the file is being replaced the last key goes on.
    }
    return last;
  };
}

const present = (env: Environment): Record<string, string> =>
  Object.fromEntries(Object.entries(env).flatMap(([name, value]) => (value ? [[name, value]] : [])));

/** What the library throws over settings, with the name of the setting. What a setting holds may be a secret. */
function usable<T>(env: Environment, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { code = '', path, message = '' } = error as NodeJS.ErrnoException;
    const name = path === undefined ? undefined : Object.keys(env).find((each) => env[each] === path);
    if (path !== undefined) throw unreadable(name ?? 'A setting TEMPORAL_…', error);
    if (code.startsWith('ERR_OSSL')) {
      throw new AppError('invalid_argument', 'Temporal’s client certificate and its key cannot be used together.', {
        cause: error,
        hint: 'TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH (or …_DATA) must be PEM and belong together.',
      });
    }
    throw new AppError('invalid_argument', `Temporal’s settings cannot be used: ${message.replace(/\.$/, '')}.`, {
      cause: error,
      hint: 'Correct the settings TEMPORAL_… in the environment, or the profile in Temporal’s configuration file.',
    });
  }
}

function unreadable(name: string, error: unknown): AppError {
  const { code, path } = error as NodeJS.ErrnoException;
  return new AppError('invalid_argument', `${name} names ${path}, which cannot be read (${code}).`, {
    cause: error,
    hint: 'Correct it in the environment and start again.',
  });
}
