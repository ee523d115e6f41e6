import type { Entry } from './formats/format.ts';

/** Under which every host knows the queue. No `_`: Gemini CLI takes it as the end of a server's name. */
export const SERVER_NAME = 'pantry-queue';

/** The variable that holds a key. Its value is never written: files are backed up, copied and committed. */
export const KEY_VARIABLE = 'PANTRY_QUEUE_KEY';

/** A relay that the host starts. Absolute paths: programs with windows do not know the PATH of a shell. */
export interface RelayConnection {
  readonly command: string;
  readonly args: readonly string[];
  /** Does it need the key of the queue? */
  readonly hasKey: boolean;
}

/** A queue that the host calls by itself. */
export interface HttpConnection {
  readonly url: string;
  readonly hasKey: boolean;
}

export type Connection = RelayConnection | HttpConnection;

/** What the person asked for. */
export interface Wish {
  /** Of this program. */
  readonly command: string;
  readonly script: string;
  /** The queue to use; undefined: the local one, which the relay finds, and starts when none runs. */
  readonly url?: string | undefined;
  readonly dataDir?: string | undefined;
  /** File that holds the key of the queue: its path is written, never what it holds. */
  readonly keyFile?: string | undefined;
  /** Folders whose photos may be added. */
  readonly allow: readonly string[];
  /** The key is held by its variable. */
  readonly hasKey: boolean;
}

/** Files are read by a relay, the one of the key too, and only it finds a local queue whose port changes. */
export function connectionTo(wish: Wish, options: { callsAddresses: boolean }): Connection {
  const { command, script, url, dataDir, keyFile, allow, hasKey } = wish;
  if (url !== undefined && keyFile === undefined && allow.length === 0 && options.callsAddresses) {
    return { url: `${url.replace(/\/(mcp\/?)?$/, '')}/mcp`, hasKey };
  }
  const flags = { '--url': url, '--data-dir': dataDir, '--key-file': keyFile };
  const named = Object.entries(flags).flatMap(([flag, value]) => (value === undefined ? [] : [flag, value]));
  return { command, args: [script, 'mcp', ...named, ...allow.flatMap((dir) => ['--allow', dir])], hasKey };
}

export const isRelay = (connection: Connection): connection is RelayConnection => 'command' in connection;

/** What an entry makes a host start, or call. */
export type Launch =
  | { readonly command: string; readonly args: readonly string[]; readonly env: Readonly<Record<string, string>> }
  | { readonly url: string };

/** Reads an entry of any host back: their names for the same thing do not collide. */
export function launchOf(entry: Entry): Launch | undefined {
  const { command, cmd, args, env, environment, envs, url, serverUrl, uri } = entry;
  const [program, ...words] = textsOf(Array.isArray(command) ? command : [command ?? cmd, ...textsOf(args)]);
  const address = url ?? serverUrl ?? uri;
  if (typeof address === 'string') return { url: address };
  return program === undefined
    ? undefined
    : { command: program, args: words, env: variablesOf(env ?? environment ?? envs) };
}

const textsOf = (list: unknown): string[] =>
  Array.isArray(list) ? list.filter((text) => typeof text === 'string') : [];

/** References are for the host to fill in; a listing of tools needs no key. */
function variablesOf(table: unknown): Record<string, string> {
  const entries = Object.entries(typeof table === 'object' && table !== null ? table : {});
  return Object.fromEntries(entries.filter(([name, value]) => typeof value === 'string' && name !== KEY_VARIABLE));
}
