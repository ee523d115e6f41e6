import path from 'node:path';

/** What of a machine decides where hosts keep their settings. Handed in: tests have a machine of their own. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly home: string;
  /** Where project files lie. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The folders that hosts share. */
export interface Places {
  readonly home: (...names: string[]) => string;
  /** `~/.config`, also on macOS: terminal programs keep to it there. */
  readonly config: (...names: string[]) => string;
  /** Of desktop programs: Application Support, `%APPDATA%` or `~/.config`. */
  readonly application: (...names: string[]) => string;
  /** A folder that a variable names, or else the usual one. */
  readonly named: (variable: string, usual: string, ...names: string[]) => string;
  readonly isWindows: boolean;
}

export function placesOf({ platform, home, env }: Machine): Places {
  const isWindows = platform === 'win32';
  const { join } = isWindows ? path.win32 : path.posix;
  const config = env.XDG_CONFIG_HOME || join(home, '.config');
  const applications: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
    darwin: join(home, 'Library', 'Application Support'),
    win32: env.APPDATA || join(home, 'AppData', 'Roaming'),
  };
  return {
    home: (...names) => join(home, ...names),
    config: (...names) => join(config, ...names),
    application: (...names) => join(applications[platform] ?? config, ...names),
    named: (variable, usual, ...names) => join(env[variable] || usual, ...names),
    isWindows,
  };
}
