import {
  type Connection,
  connectionTo,
  type HttpConnection,
  isRelay,
  KEY_VARIABLE,
  type RelayConnection,
  type Wish,
} from './connection.ts';
import type { Entry } from './formats/format.ts';

/** How a host writes a server down. */
export interface Shape {
  readonly relay: (connection: RelayConnection) => Entry;
  /** undefined: this host starts programs and calls no addresses. */
  readonly http: ((connection: HttpConnection) => Entry) | undefined;
  /** Can the key be referred to, so that its value need not be written? */
  readonly refersToKey: boolean;
}

export const KEY_IN_BRACES = `\${${KEY_VARIABLE}}`;
export const KEY_AS_ENV = `\${env:${KEY_VARIABLE}}`;

/** Where hosts of the common form differ. */
interface Common {
  /** How it refers to the variable that holds the key; undefined: it refers to none. */
  readonly key?: string;
  readonly relayType?: string;
  /** Name of the address, and the type beside it. */
  readonly address?: 'url' | 'serverUrl' | undefined;
  readonly httpType?: string;
}

/** `{command, args, env}` or `{url, headers}`, as most hosts have it. */
export function common({ key, relayType, address, httpType }: Common): Shape {
  const typed = (type: string | undefined) => (type === undefined ? {} : { type });
  return {
    refersToKey: key !== undefined,
    relay: ({ command, args, hasKey }) => ({
      ...typed(relayType),
      command,
      args,
      ...(hasKey && key ? { env: { [KEY_VARIABLE]: key } } : {}),
    }),
    http:
      address &&
      (({ url, hasKey }) => ({
        ...typed(httpType),
        [address]: url,
        ...(hasKey && key ? { headers: { Authorization: `Bearer ${key}` } } : {}),
      })),
  };
}

/** Codex takes names of variables, and refuses a token that stands in its file. */
export const codex: Shape = {
  refersToKey: true,
  relay: ({ command, args, hasKey }) => ({ command, args, ...(hasKey ? { env_vars: [KEY_VARIABLE] } : {}) }),
  http: ({ url, hasKey }) => ({ url, ...(hasKey ? { bearer_token_env_var: KEY_VARIABLE } : {}) }),
};

const OPENCODE_KEY = `{env:${KEY_VARIABLE}}`;

/** The command and its arguments are one list. */
export const opencode: Shape = {
  refersToKey: true,
  relay: ({ command, args, hasKey }) => ({
    type: 'local',
    command: [command, ...args],
    ...(hasKey ? { environment: { [KEY_VARIABLE]: OPENCODE_KEY } } : {}),
  }),
  http: ({ url, hasKey }) => ({
    type: 'remote',
    url,
    ...(hasKey ? { headers: { Authorization: `Bearer ${OPENCODE_KEY}` } } : {}),
  }),
};

/** An extension without a time limit is given none at all by some versions. */
const GOOSE_TIMEOUT_S = 300;

/** Goose asks for the keys it is told of, and keeps them in the keyring of the system. */
export const goose: Shape = {
  refersToKey: true,
  relay: ({ command, args, hasKey }) => ({
    name: 'Pantry Queue',
    description: 'Reads photos of receipts.',
    type: 'stdio',
    enabled: true,
    cmd: command,
    args,
    ...(hasKey ? { env_keys: [KEY_VARIABLE] } : {}),
    timeout: GOOSE_TIMEOUT_S,
  }),
  http: ({ url, hasKey }) => ({
    name: 'Pantry Queue',
    description: 'Reads photos of receipts.',
    type: 'streamable_http',
    enabled: true,
    uri: url,
    ...(hasKey ? { env_keys: [KEY_VARIABLE], headers: { Authorization: `Bearer ${KEY_IN_BRACES}` } } : {}),
    timeout: GOOSE_TIMEOUT_S,
  }),
};

/** How a host is connected as the person wishes, and what stands in its file then. */
export function entryFor({ relay, http }: Shape, wish: Wish): { connection: Connection; entry: Entry } {
  const connection = connectionTo(wish, { callsAddresses: http !== undefined });
  if (isRelay(connection)) return { connection, entry: relay(connection) };
  if (http === undefined) throw new Error('A host that calls no addresses was given one.');
  return { connection, entry: http(connection) };
}
