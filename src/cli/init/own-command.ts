import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { type Connection, isRelay, SERVER_NAME } from './connection.ts';
import type { Entry } from './formats/format.ts';
import type { Machine } from './places.ts';

/** How a host is told of a server by its own program. */
export interface OwnCommand {
  /** What of it a person is told. */
  readonly words: string;
  /** undefined: this connection cannot be said in its words; the file is edited instead. */
  readonly add: (connection: Connection, entry: Entry) => readonly string[] | undefined;
  readonly remove?: readonly string[];
  /** It refuses a name that is taken, so that has to go first. */
  readonly refusesTaken?: boolean;
}

const withoutKey = ({ hasKey }: Connection) => !hasKey;

/**
 * For the person's own file only: in project files `claude mcp add` was seen to write the values of other servers'
 * references (anthropics/claude-code#18692).
 */
export const OWN_COMMANDS = {
  claude: {
    words: 'claude mcp add-json',
    add: (_connection, entry) => ['mcp', 'add-json', '--scope', 'user', SERVER_NAME, JSON.stringify(entry)],
    remove: ['mcp', 'remove', '--scope', 'user', SERVER_NAME],
    refusesTaken: true,
  },
  codex: {
    words: 'codex mcp add',
    add: (connection) => {
      if (!isRelay(connection)) return undefined;
      const { command, args } = connection;
      return withoutKey(connection) ? ['mcp', 'add', SERVER_NAME, '--', command, ...args] : undefined;
    },
    remove: ['mcp', 'remove', SERVER_NAME],
  },
  gemini: {
    words: 'gemini mcp add',
    add: (connection) => {
      if (!isRelay(connection)) return undefined;
      const { command, args } = connection;
      return withoutKey(connection)
        ? ['mcp', 'add', '--scope', 'user', SERVER_NAME, command, '--', ...args]
        : undefined;
    },
    remove: ['mcp', 'remove', '--scope', 'user', SERVER_NAME],
  },
  code: {
    words: 'code --add-mcp',
    add: (_connection, entry) => ['--add-mcp', JSON.stringify({ name: SERVER_NAME, ...entry })],
  },
} as const satisfies Record<string, OwnCommand>;

/**
 * Where a program lies on the PATH.
 * @returns undefined also for scripts of Windows (`.cmd`): they start only through a shell, which reads our text again
 */
export function programOn({ env, platform }: Machine, name: string): string | undefined {
  const isWindows = platform === 'win32';
  const folders = (env.PATH ?? env.Path ?? '').split(isWindows ? ';' : ':').filter((folder) => path.isAbsolute(folder));
  return folders.map((folder) => path.join(folder, isWindows ? `${name}.exe` : name)).find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** Did it end well, in time? What it prints is for people who call it by hand. */
export function ranWell(program: string, args: readonly string[], machine: Machine, limitMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: machine.home,
      env: { ...machine.env },
      stdio: 'ignore',
      timeout: limitMs,
      killSignal: 'SIGKILL',
    });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
}
